import { Polling } from "../polling/polling.js";
import { Backoff } from "../timing/backoff.js";
import { CancellableDelay } from "../timing/cancellable-delay.js";
import { ClockDrift, now } from "../timing/clock.js";
import { watchPage } from "../timing/page-lifecycle.js";
import { orderlyEnd } from "./protocol.js";
import { ConnectionStatus } from "./status.js";
import { StreamRequest } from "./stream-request.js";

// If the wall clock gains more than this on the monotonic clock between two ticks, the device has
// slept, and the stream reconnects. If somebody set the clock instead, reconnecting does no harm.
const SLEEP_MS = 5_000;
// The next failure after these starts polling. Their delays take up to 1 + 2 + 4 seconds: a restarted
// service answers by then.
const FAILURES_BEFORE_POLLING = 3;

/**
 * Keeps one or several topics coming: streams, reconnects at the cursors, and polls while streams
 * do not get through. Calls `onMessage`, `onOpened`, `onFrame`, `onStatus` and `onRefused` of its
 * listener; after `onRefused` nothing more comes of that topic.
 */
export class ResilientStream {
  #protocol;
  #urls;
  #cursors;
  #options;
  #listener;
  #request = null;
  #polling = null;
  #status;
  #isStopped = false;
  #delay = new CancellableDelay();
  #retry;
  #probe;
  #drift = new ClockDrift();
  #ticker;
  #stopWatching;

  constructor(protocol, urls, cursors, options, listener) {
    const { retryMs, retryCapMs, probeMs, probeCapMs, tickMs } = options.timings;
    this.#protocol = protocol;
    this.#urls = urls;
    this.#cursors = new Map(cursors.map((cursor) => [cursor.topic, cursor]));
    this.#options = options;
    this.#listener = listener;
    this.#status = new ConnectionStatus(options.timings.staleMs, (status, details) => listener.onStatus(status, details));
    this.#retry = new Backoff({ base: retryMs, cap: retryCapMs });
    this.#probe = new Backoff({ base: probeMs, cap: probeCapMs });
    this.#ticker = setInterval(() => this.tick(), tickMs);
    this.#stopWatching = watchPage({
      onVisibilityChange: () => this.tick(),
      onDisconnect: (reason) => this.#request?.stop({ reason }),
      onReconnect: () => this.retryNow(),
    });
    queueMicrotask(() => this.#run()); // the constructor must return before callbacks fire
  }

  /** Reconnect now, at the cursors; while polling, poll now as well. */
  retryNow() {
    this.#restart({ reason: "asked", isImmediate: true });
  }

  /** Reconnect since topics or cursors have changed. Nothing is lost, so no `connecting` is reported. */
  reopen() {
    this.#restart({ reason: "changed", isImmediate: true, isReopening: true });
  }

  #restart(end) {
    this.#retry.reset();
    this.#request?.stop(end);
    this.#delay.end();
    this.#polling?.pollNow();
  }

  /** End the request for the stream, if there is one, as a lost network would. */
  cut() {
    this.#request?.stop({ reason: "cut" });
  }

  stop() {
    this.#isStopped = true;
    clearInterval(this.#ticker);
    this.#stopWatching();
    this.#stopPolling();
    this.#request?.stop({ reason: "stopped" });
    this.#delay.end();
  }

  get topicCount() {
    return this.#cursors.size;
  }

  get isPolling() {
    return this.#status.isPolling;
  }

  get silentMs() {
    return this.#status.silence.milliseconds;
  }

  get staleForSeconds() {
    return this.#status.silence.staleForSeconds;
  }

  addTopic(cursor) {
    this.#cursors.set(cursor.topic, cursor);
    this.reopen();
  }

  removeTopic(topic) {
    this.#cursors.delete(topic);
    if (this.topicCount === 0) this.stop();
    else this.reopen();
  }

  /** Check all time limits: at every tick, and at messages of other tabs, since a hidden page's timers are slow. */
  tick() {
    const { firstByteMs, silentMs } = this.#options.timings;
    const request = this.#request;
    if (this.#drift.restart() > SLEEP_MS) this.retryNow();
    else if (request && !request.hasBytes && now() - request.sentAt > firstByteMs) {
      request.stop({ reason: request.hasResponse ? "buffered" : "no_answer" });
    } else if (request && now() - request.lastBytesAt > silentMs) request.stop({ reason: "silent" });
    else if (request && this.#polling && this.#isHealthy(request)) {
      this.#stopPolling();
      this.#status.set("open", { via: "stream" });
    }
    this.#delay.tick();
    this.#polling?.tick();
    this.#status.tick();
  }

  async #run() {
    let isReopening = false;
    while (!this.#isStopped) {
      if (!isReopening && !this.#polling?.isWorking) this.#status.setConnecting();
      if (this.#isStopped) return; // the status callback has stopped this stream
      const request = (this.#request = new StreamRequest());
      const cursors = [...this.#cursors.values()];
      const end = await request.run(this.#protocol.url(this.#urls, cursors), {
        ...this.#options,
        lastEventId: this.#protocol.lastEventId(cursors),
        onBytes: () => this.#status.silence.interrupt(),
        onFrame: (frame) => this.#receive(frame, cursors),
      });
      this.#request = null;
      if (this.#isStopped) return;
      if (end.isFinal) return this.#refuse(end);
      isReopening = Boolean(end.isReopening);
      if (end.isImmediate) continue;
      await this.#waitToRetry(end, this.#isHealthy(request));
    }
  }

  async #waitToRetry(end, wasHealthy) {
    if (wasHealthy) {
      this.#retry.reset();
      this.#probe.reset();
    }
    const isHeldBack = !wasHealthy && ["buffered", "no_answer", "silent"].includes(end.reason);
    if (isHeldBack || this.#retry.failures >= FAILURES_BEFORE_POLLING) this.#startPolling();
    const retryInMs = this.#retryDelay(end);
    if (this.#polling?.isWorking) this.#status.set("open", { via: "polling" });
    else {
      const status = end.isOrderly ? "connecting" : "error";
      this.#status.set(status, { reason: end.reason, status: end.status, detail: end.detail, retryInMs });
    }
    if (!this.#isStopped) await this.#delay.wait(retryInMs);
  }

  #retryDelay({ isOrderly, retry_ms: retryMs = 0, reason, retryAfterMs }) {
    if (isOrderly && reason !== "limit") return retryMs;
    if (this.#polling?.isWorking) return this.#probe.next(retryAfterMs);
    return this.#retry.next(retryMs || retryAfterMs);
  }

  #receive(frame, cursors) {
    this.#listener.onFrame?.({ ...frame, at: performance.timeOrigin + now() });
    if (frame.data === null) return;
    const parsed = this.#protocol.parse(frame, cursors);
    const cursor = this.#cursors.get(parsed?.topic);
    if (parsed?.state === "closing") this.#request.stop(orderlyEnd(parsed));
    else if (!cursor) return;
    else if (parsed.state === "refused") this.#refuse({ reason: "refused", ...parsed }, cursor);
    else if (parsed.state === "over") this.#refuse({ reason: "over", status: 204 }, cursor);
    else if (parsed.state === "open") this.#open(cursor, parsed);
    else if (parsed.data !== undefined) this.#deliver(cursor, parsed.seq, JSON.parse(parsed.data));
  }

  #open(cursor, { mode, after, head }) {
    this.#request.openedAt ??= now();
    cursor.open(mode, head);
    this.#listener.onOpened?.(cursor.topic, { mode, after, head });
    if (!this.#polling?.isWorking) this.#status.set("open", { via: "stream" });
  }

  #deliver(cursor, seq, message) {
    const mode = cursor.receive(seq);
    if (mode === "gap") {
      const detail = `${cursor.topic} went from ${cursor.lastSeq} to ${seq}`;
      this.#request?.stop({ reason: "gap", detail });
    } else if (mode !== "old") {
      this.#listener.onMessage(cursor.topic, { seq, message, mode });
    }
  }

  #deliverPage(cursor, { events, head, reset }) {
    this.#status.silence.interrupt();
    if (reset) {
      cursor.open(cursor.lastSeq === null ? "snapshot" : "reset", head);
      this.#listener.onOpened?.(cursor.topic, { mode: "reset", after: cursor.lastSeq, head });
    }
    for (const { id, ...message } of events) this.#deliver(cursor, id, message);
    if (!this.#status.isOpen) this.#status.set("open", { via: "polling" });
  }

  #startPolling() {
    if (this.#polling) return;
    this.#polling = new Polling();
    this.#polling.run(this.#urls, this.#cursors, {
      ...this.#options,
      onPage: (cursor, page) => this.#deliverPage(cursor, page),
      onError: (topic, error) => {
        if (error.isFinal) this.#refuse(error, this.#cursors.get(topic));
        else if (this.#status.isOpen) this.#status.set("error", error);
      },
    });
  }

  #stopPolling() {
    this.#polling?.stop();
    this.#polling = null;
  }

  /** End the cursor's topic for good, or without a cursor all topics; after the last one, stop. */
  #refuse(end, cursor = null) {
    for (const { topic, lastSeq } of cursor ? [cursor] : [...this.#cursors.values()]) {
      this.#cursors.delete(topic);
      this.#listener.onRefused(topic, { ...end, lastSeq });
    }
    if (this.topicCount === 0) this.stop();
  }

  #isHealthy(request) {
    return request.openedAt !== null && request.lastBytesAt - request.openedAt >= this.#options.timings.healthyMs;
  }
}
