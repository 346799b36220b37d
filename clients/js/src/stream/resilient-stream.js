import { Backoff } from "../timing/backoff.js";
import { Naps, now } from "../timing/clock.js";
import { Pause } from "../timing/cancellable-delay.js";
import { Polling } from "../polling/polling.js";
import { Report } from "./status.js";
import { Stream } from "./stream-request.js";
import { onWaking } from "../timing/page-lifecycle.js";

const SIGNED_OUT = ["signed_out", "disabled"];
// With their pauses these are up to seven seconds: a service that is started again is back by then.
const FAILURES_BEFORE_POLLING = 3;

/**
 * Keeps topics flowing: streams, comes back from where it was, polls where streams do not come
 * through. Tells its listener of `message`, `opening`, `frame`, `status` and `refusal`.
 */
export class Link {
  #wire;
  #base;
  #places;
  #options;
  #listener;
  #stream = null;
  #polling = null;
  #report;
  #isOver = false;
  #pause = new Pause();
  #retry;
  #probe;
  #naps = new Naps();
  #ticker;
  #stopListening;

  constructor(wire, base, places, options, listener) {
    const { retryMs, retryCapMs, probeMs, probeCapMs, tickMs } = options.timings;
    this.#wire = wire;
    this.#base = base;
    this.#places = new Map(places.map((place) => [place.topic, place]));
    this.#options = options;
    this.#listener = listener;
    this.#report = new Report(options.timings.staleMs, (status, details) => listener.status(status, details));
    this.#retry = new Backoff({ base: retryMs, cap: retryCapMs });
    this.#probe = new Backoff({ base: probeMs, cap: probeCapMs });
    this.#ticker = setInterval(() => this.tick(), tickMs);
    this.#stopListening = onWaking({
      look: () => this.tick(),
      lose: (reason) => this.#stream?.stop({ reason }),
      hurry: () => this.hurry(),
    });
    queueMicrotask(() => this.#run()); // the listener is told nothing before it has us
  }

  /** Try again now, from where we are. */
  hurry() {
    this.#again({ reason: "asked", isAtOnce: true });
  }

  /** Stream anew, of other topics or from another place: no loss that anybody need be told of. */
  change() {
    this.#again({ reason: "changed", isAtOnce: true, isChange: true });
  }

  #again(end) {
    this.#retry.reset();
    this.#stream?.stop(end);
    this.#pause.end();
    this.#polling?.hurry();
  }

  /** Lose the connection, as a network would. */
  cut() {
    this.#stream?.stop({ reason: "cut" });
  }

  stop() {
    this.#isOver = true;
    clearInterval(this.#ticker);
    this.#stopListening();
    this.#stopPolling();
    this.#stream?.stop({ reason: "stopped" });
    this.#pause.end();
  }

  get size() {
    return this.#places.size;
  }

  get polls() {
    return this.#report.polls;
  }

  get silentMs() {
    return this.#report.silentMs;
  }

  get staleForSeconds() {
    return this.#report.staleForSeconds;
  }

  add(place) {
    this.#places.set(place.topic, place);
    this.change();
  }

  remove(topic) {
    this.#places.delete(topic);
    if (this.size === 0) this.stop();
    else this.change();
  }

  /** Look at the time; called by whoever has a timer that is not slowed down, too. */
  tick() {
    const { firstByteMs, silentMs } = this.#options.timings;
    const stream = this.#stream;
    const hasSlept = this.#naps.hasSlept();
    if (hasSlept) this.hurry();
    else if (stream && !stream.hasBytes && now() - stream.startedAt > firstByteMs) {
      stream.stop({ reason: stream.isAnswered ? "buffered" : "no_answer" });
    } else if (stream && now() - stream.heardAt > silentMs) stream.stop({ reason: "silent" });
    else if (stream && this.#polling && this.#isHealthy(stream)) {
      this.#stopPolling();
      this.#report.say("open", { via: "stream" });
    }
    this.#pause.tick();
    this.#polling?.tick();
    this.#report.tick();
  }

  async #run() {
    let isChange = false;
    while (!this.#isOver) {
      if (!isChange && !this.#polling?.works) this.#report.sayConnecting();
      if (this.#isOver) return; // told so, somebody stopped us
      const stream = (this.#stream = new Stream());
      const places = [...this.#places.values()];
      const end = await stream.run(this.#wire.url(this.#base, places), {
        ...this.#options,
        lastEventId: this.#wire.lastEventId(places),
        onBytes: () => this.#report.hear(),
        onFrame: (frame) => this.#hear(frame, places),
      });
      this.#stream = null;
      if (this.#isOver) return;
      if (end.isFinal) return this.#refuse(end);
      isChange = Boolean(end.isChange);
      if (end.isAtOnce) continue;
      await this.#comeBackAfter(end, this.#isHealthy(stream));
    }
  }

  async #comeBackAfter(end, wasHealthy) {
    if (wasHealthy) {
      this.#retry.reset();
      this.#probe.reset();
    }
    const isHeldBack = !wasHealthy && ["buffered", "no_answer", "silent"].includes(end.reason);
    if (isHeldBack || this.#retry.failures >= FAILURES_BEFORE_POLLING) this.#startPolling();
    const retryInMs = this.#retryMs(end);
    if (this.#polling?.works) this.#report.say("open", { via: "polling" });
    else {
      const status = end.isOrderly ? "connecting" : "error";
      this.#report.say(status, { reason: end.reason, status: end.status, detail: end.detail, retryInMs });
    }
    if (!this.#isOver) await this.#pause.wait(retryInMs);
  }

  #retryMs({ isOrderly, retry_ms: asked = 0, reason, retryAfterMs }) {
    if (isOrderly && reason !== "limit") return asked;
    if (this.#polling?.works) return this.#probe.next(retryAfterMs);
    return this.#retry.next(asked || retryAfterMs);
  }

  #hear(frame, places) {
    this.#listener.frame?.({ ...frame, at: performance.timeOrigin + now() });
    if (frame.data === null) return;
    const said = this.#wire.read(frame, places);
    const place = this.#places.get(said?.topic);
    if (said?.state === "closing") this.#stream.stop(closing(said));
    else if (!place) return;
    else if (said.state === "refused") this.#refuse({ reason: "refused", ...said }, place);
    else if (said.state === "over") this.#refuse({ reason: "over", status: 204 }, place);
    else if (said.state === "open") this.#open(place, said);
    else if (said.data !== undefined) this.#take(place, said.number, JSON.parse(said.data));
  }

  #open(place, { mode, after, head }) {
    this.#stream.openedAt ??= now();
    place.open(mode, head);
    this.#listener.opening?.(place.topic, { mode, after, head });
    if (!this.#polling?.works) this.#report.say("open", { via: "stream" });
  }

  #take(place, number, message) {
    const verdict = place.judge(number);
    if (verdict === "hole") {
      const detail = `${place.topic} went from ${place.cursor} to ${number}`;
      this.#stream?.stop({ reason: "hole", detail });
    } else if (verdict !== "old") {
      this.#listener.message(place.topic, { number, message, mode: verdict });
    }
  }

  #takePage(place, { events, head, reset }) {
    this.#report.hear();
    if (reset) {
      place.open(place.cursor === null ? "snapshot" : "reset", head);
      this.#listener.opening?.(place.topic, { mode: "reset", after: place.cursor, head });
    }
    for (const { id, ...message } of events) this.#take(place, id, message);
    if (!this.#report.isOpen) this.#report.say("open", { via: "polling" });
  }

  #startPolling() {
    if (this.#polling) return;
    this.#polling = new Polling();
    this.#polling.run(this.#base, this.#places, {
      ...this.#options,
      onPage: (place, page) => this.#takePage(place, page),
      onProblem: (topic, problem) => {
        if (problem.isFinal) this.#refuse(problem, this.#places.get(topic));
        else if (this.#report.isOpen) this.#report.say("error", problem);
      },
    });
  }

  #stopPolling() {
    this.#polling?.stop();
    this.#polling = null;
  }

  #refuse(end, place = null) {
    for (const { topic, cursor } of place ? [place] : [...this.#places.values()]) {
      this.#places.delete(topic);
      this.#listener.refusal(topic, { ...end, cursor });
    }
    if (this.size === 0) this.stop();
  }

  #isHealthy(stream) {
    return stream.openedAt !== null && stream.heardAt - stream.openedAt >= this.#options.timings.healthyMs;
  }
}

function closing(said) {
  const isFinal = SIGNED_OUT.includes(said.reason);
  return { ...said, isOrderly: true, ...(isFinal && { isFinal, status: 401 }) };
}
