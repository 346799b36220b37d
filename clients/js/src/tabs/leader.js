import { Cursor } from "../cursor.js";
import { manyTopics } from "../stream/protocol.js";
import { ResilientStream } from "../stream/resilient-stream.js";
import { openChannel } from "./channel.js";
import { LockPresence, RollCallPresence } from "./presence.js";
import { randomId } from "./random-id.js";

// The service refuses a stream with more topics.
const MOST_TOPICS = 8;
// How many recent messages of each topic a leader can replay to tabs that subscribe later. The longest
// duel has 106.
const MOST_RECENT = 200;
// A reloaded page subscribes again within about a second, and every change of topics costs a new
// stream: so a topic that no tab follows stays on the stream for this long.
const UNSUBSCRIBE_MS = 2_000;

/**
 * Holds the stream of all tabs, or several if there are more than MOST_TOPICS, and broadcasts what
 * arrives. Of the tabs it knows little but their topics: each has its own cursor, drops what is old, and
 * subscribes again at a gap.
 */
export class Leader {
  #urls;
  #options;
  #channel;
  #id = randomId();
  #presence;
  #topics = new Map(); // topic → {cursor, recent, tabs, isOpen, stream}
  #streams = new Set();
  #frameReaders = new Set(); // tabs that asked for frames

  /** `locks` are null in a browser without them: then a roll call shows which tabs are gone. */
  constructor(urls, options, channelName, locks) {
    this.#urls = urls;
    this.#options = options;
    const onGone = (tab) => this.#dropTab(tab);
    this.#presence = locks
      ? new LockPresence(locks, onGone)
      : new RollCallPresence(options.timings.rollCallMs, () => this.#broadcast({ kind: "roll_call" }), onGone);
    this.#channel = openChannel(channelName);
    this.#channel.onmessage = ({ data }) => data.to === "leader" && this.#receive(data);
    this.#broadcast({ kind: "new_leader" });
  }

  stop() {
    for (const stream of this.#streams) stream.stop();
    this.#presence.stop();
    this.#broadcast({ kind: "leader_left" });
    this.#channel.close();
  }

  #receive({ kind, tab, topic, lastSeq, wantsFrames }) {
    // Check time limits now: the sending tab is awake, while this page may be hidden and its timers slow.
    for (const stream of this.#streams) stream.tick();
    if (kind === "left") {
      this.#presence.forget(tab);
      this.#dropTab(tab);
    } else this.#presence.heard(tab);
    if (kind === "subscribe") this.#subscribe(tab, topic, lastSeq, wantsFrames);
    else if (kind === "unsubscribe") this.#unsubscribe(tab, topic);
    else if (kind === "retry_now") this.#topics.get(topic)?.stream.retryNow();
    else if (kind === "cut") this.#topics.get(topic)?.stream.cut();
    const silentMs = [...this.#streams].map((stream) => stream.silentMs);
    this.#broadcast({ kind: "pong", silentMs: silentMs.length ? Math.min(...silentMs) : 0 });
  }

  #subscribe(tab, topic, lastSeq, wantsFrames) {
    if (wantsFrames) this.#frameReaders.add(tab);
    const known = this.#topics.get(topic);
    const entry = known ?? { cursor: new Cursor(topic, lastSeq), recent: [], tabs: new Set(), isOpen: false };
    entry.tabs.add(tab);
    if (known) this.#catchUp(entry, tab, lastSeq);
    else this.#addTopic(entry);
    // A stream reports only once that it polls, which this tab may have missed.
    if (entry.stream.isPolling) {
      this.#broadcast({ kind: "status", topics: [topic], status: "open", details: { via: "polling" } });
    }
  }

  /** Replay recent messages to a tab, or reopen the stream at the tab's cursor if they do not reach back to it. */
  #catchUp(entry, tab, lastSeq) {
    const { cursor, recent, stream } = entry;
    const { topic } = cursor;
    const messages = recent.filter(({ seq }) => seq > lastSeq);
    if (lastSeq >= cursor.lastSeq || messages[0]?.seq === lastSeq + 1) {
      return this.#broadcast({ kind: "replay", tab, topic, messages, head: cursor.lastSeq, isOpen: entry.isOpen });
    }
    cursor.lastSeq = lastSeq;
    entry.recent = [];
    stream.reopen();
  }

  #addTopic(entry) {
    const { cursor } = entry;
    this.#topics.set(cursor.topic, entry);
    entry.stream = [...this.#streams].find((stream) => stream.topicCount < MOST_TOPICS);
    if (entry.stream) return entry.stream.addTopic(cursor);
    const stream = new ResilientStream(manyTopics, this.#urls, [cursor], this.#options, {
      onMessage: (topic, delivery) => this.#relayMessage(topic, delivery),
      onOpened: (topic, opening) => {
        const opened = this.#topics.get(topic);
        opened.isOpen = true;
        if (opening.mode !== "resumed") opened.recent = [];
        this.#broadcast({ kind: "opened", topic, opening });
      },
      onFrame: (frame) => this.#relayFrame(frame),
      onStatus: (status, details) => this.#relayStatus(stream, status, details),
      onRefused: (topic, end) => {
        this.#topics.delete(topic);
        if (stream.topicCount === 0) this.#streams.delete(stream);
        this.#broadcast({ kind: "refused", topic, end });
      },
    });
    entry.stream = stream;
    this.#streams.add(stream);
  }

  #relayMessage(topic, { seq, message, mode }) {
    const { recent } = this.#topics.get(topic);
    if (mode !== "snapshot" && recent.push({ seq, message }) > MOST_RECENT) recent.shift();
    this.#broadcast({ kind: "message", topic, seq, message });
  }

  #relayStatus(stream, status, details) {
    const isOpen = status === "open";
    const topics = [];
    for (const [topic, entry] of this.#topics) {
      if (entry.stream !== stream) continue;
      if (!isOpen) entry.isOpen = false;
      if (!isOpen || entry.isOpen || details.via === "polling") topics.push(topic);
    }
    this.#broadcast({ kind: "status", topics, status, details });
  }

  /** Broadcast that a frame came, with its content only if a tab asked for frames. */
  #relayFrame(frame) {
    this.#broadcast({ kind: "frame", frame: this.#frameReaders.size > 0 ? frame : null });
  }

  #unsubscribe(tab, topic) {
    const entry = this.#topics.get(topic);
    if (!entry?.tabs.delete(tab) || entry.tabs.size > 0) return;
    setTimeout(() => {
      if (entry.tabs.size > 0 || this.#topics.get(topic) !== entry) return;
      this.#topics.delete(topic);
      entry.stream.removeTopic(topic);
      if (entry.stream.topicCount === 0) this.#streams.delete(entry.stream);
    }, UNSUBSCRIBE_MS);
  }

  #dropTab(tab) {
    this.#frameReaders.delete(tab);
    for (const topic of this.#topics.keys()) this.#unsubscribe(tab, topic);
  }

  #broadcast(message) {
    this.#channel.postMessage({ to: "tabs", leader: this.#id, ...message });
  }
}
