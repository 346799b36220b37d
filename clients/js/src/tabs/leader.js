import { Link } from "../stream/resilient-stream.js";
import { Place } from "../cursor.js";
import { manyTopics } from "../stream/protocol.js";

// The service takes no more on one stream.
const MOST_TOPICS = 8;
// Of each topic, for tabs that come a moment later: the longest duel says 106 messages.
const MOST_KEPT = 200;
// A page that is loaded again is back within about a second, and each change is a new stream for all.
const LEAVE_MS = 2_000;

/**
 * Holds the browser's stream and tells every tab what it brings. It has to know little: each tab
 * says where it is, drops what it has, and asks when it misses something.
 */
export class Leader {
  #base;
  #options;
  #channel;
  #topics = new Map();
  #links = new Set();
  #tabs = new Map();

  constructor(base, options, channelName) {
    this.#base = base;
    this.#options = options;
    this.#channel = new BroadcastChannel(channelName);
    this.#channel.onmessage = ({ data }) => data.to === "leader" && this.#hear(data);
    this.#tell({ kind: "lead" });
  }

  stop() {
    for (const link of this.#links) link.stop();
    for (const { forget } of this.#tabs.values()) forget.abort();
    this.#channel.close();
  }

  #hear({ kind, tab, topic, cursor, inspects }) {
    // Whoever speaks to us is awake: our own timers may be slowed down in a page that nobody sees.
    for (const link of this.#links) link.tick();
    if (kind === "want") this.#want(tab, topic, cursor, inspects);
    else if (kind === "leave") this.#leave(tab, topic);
    else if (kind === "hurry") this.#topics.get(topic)?.link.hurry();
    else if (kind === "cut") this.#topics.get(topic)?.link.cut();
    const silentMs = [...this.#links].map((link) => link.silentMs);
    this.#tell({ kind: "pong", silentMs: silentMs.length ? Math.min(...silentMs) : 0 });
  }

  #want(tab, topic, cursor, inspects) {
    this.#watch(tab).inspects ||= inspects;
    const had = this.#topics.get(topic);
    const entry = had ?? { place: new Place(topic, cursor), kept: [], tabs: new Set(), isOpen: false };
    entry.tabs.add(tab);
    if (had) this.#bring(entry, tab, cursor);
    else this.#add(entry);
    // That it polls a link tells only once, to those who are there.
    if (entry.link.polls) this.#tell({ kind: "status", topics: [topic], status: "open", details: { via: "polling" } });
  }

  #bring(entry, tab, cursor) {
    const { place, kept, link } = entry;
    const { topic } = place;
    const missed = kept.filter(({ number }) => number > cursor);
    if (cursor >= place.cursor || missed[0]?.number === cursor + 1) {
      return this.#tell({ kind: "missed", tab, topic, missed, head: place.cursor, isOpen: entry.isOpen });
    }
    place.cursor = cursor;
    entry.kept = [];
    link.change();
  }

  #add(entry) {
    const { place } = entry;
    this.#topics.set(place.topic, entry);
    entry.link = [...this.#links].find((link) => link.size < MOST_TOPICS);
    if (entry.link) return entry.link.add(place);
    const link = new Link(manyTopics, this.#base, [place], this.#options, {
      message: (topic, said) => this.#pass(topic, said),
      opening: (topic, opening) => {
        const opened = this.#topics.get(topic);
        opened.isOpen = true;
        if (opening.mode !== "resumed") opened.kept = [];
        this.#tell({ kind: "opening", topic, opening });
      },
      frame: (frame) => this.#show(frame),
      status: (status, details) => this.#say(link, status, details),
      refusal: (topic, end) => {
        this.#topics.delete(topic);
        if (link.size === 0) this.#links.delete(link);
        this.#tell({ kind: "refusal", topic, end });
      },
    });
    entry.link = link;
    this.#links.add(link);
  }

  #pass(topic, { number, message, mode }) {
    const { kept } = this.#topics.get(topic);
    if (mode !== "snapshot" && kept.push({ number, message }) > MOST_KEPT) kept.shift();
    this.#tell({ kind: "message", topic, number, message });
  }

  #say(link, status, details) {
    const isOpen = status === "open";
    const topics = [];
    for (const [topic, entry] of this.#topics) {
      if (entry.link !== link) continue;
      if (!isOpen) entry.isOpen = false;
      if (!isOpen || entry.isOpen || details.via === "polling") topics.push(topic);
    }
    this.#tell({ kind: "status", topics, status, details });
  }

  #show(frame) {
    const isWatched = [...this.#tabs.values()].some(({ inspects }) => inspects);
    this.#tell({ kind: "beat", frame: isWatched ? frame : null });
  }

  #leave(tab, topic) {
    const entry = this.#topics.get(topic);
    if (!entry?.tabs.delete(tab) || entry.tabs.size > 0) return;
    setTimeout(() => {
      if (entry.tabs.size > 0 || this.#topics.get(topic) !== entry) return;
      this.#topics.delete(topic);
      entry.link.remove(topic);
      if (entry.link.size === 0) this.#links.delete(entry.link);
    }, LEAVE_MS);
  }

  /** A tab holds a lock for as long as it lives; we get it when it is gone. */
  #watch(tab) {
    const known = this.#tabs.get(tab);
    if (known) return known;
    const forget = new AbortController();
    const entry = { forget, inspects: false };
    this.#tabs.set(tab, entry);
    navigator.locks
      .request(tab, { signal: forget.signal }, () => {
        this.#tabs.delete(tab);
        for (const topic of this.#topics.keys()) this.#leave(tab, topic);
      })
      .catch(() => {});
    return entry;
  }

  #tell(message) {
    this.#channel.postMessage({ to: "tabs", ...message });
  }
}
