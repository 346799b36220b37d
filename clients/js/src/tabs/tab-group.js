import { now } from "../timing/clock.js";
import { Candidate } from "./election.js";
import { Leader } from "./leader.js";
import { Member } from "./follower.js";
import { onWaking } from "../timing/page-lifecycle.js";

// Tabs may have been loaded before and after a deploy: those that speak alike find each other.
const LANGUAGE = "qader-sse 1";
// A leader that is awake answers within milliseconds. One that is busy may take seconds, and to be
// replaced costs everybody a new stream; each tab waits up to twice as long, so that one is first.
const LEADER_MS = 5_000;

const shares = new Map();

export const canShare = () => Boolean(globalThis.navigator?.locks && globalThis.BroadcastChannel);

/** Follow a topic on the one stream that all of this person's tabs in this browser have together. */
export function joinShare(base, place, options, listener) {
  return new Member(base, place, options, listener, () => shareOf(base, options));
}

function shareOf(base, options) {
  // Who has signed in since hears nothing of whose streams are still there, and takes none of them.
  const name = `${LANGUAGE} ${base.url} ${options.viewer.id ?? ""}`;
  if (!shares.has(name)) shares.set(name, new Share(name, base, options));
  return shares.get(name);
}

/** This page's part in it: hears the leader, and is a candidate to be the next. */
class Share {
  #name;
  #base;
  #options;
  #members = new Set();
  #channel = null;
  #tab = null;
  #isEntered = false;
  #letGo = () => {};
  #candidate;
  #leader = null;
  #isAlone = false;
  #askedAt = null;
  #leaderHeardAt = now();
  #ticker;
  #stopListening;

  constructor(name, base, options) {
    this.#name = name;
    this.#base = base;
    this.#options = options;
    this.#enter();
    this.#stopListening = onWaking({
      look: () => this.#tick(),
      lose: () => {},
      hurry: () => this.#tick(),
      hide: () => this.#exit(),
      show: () => this.#enter(),
    });
  }

  join(member) {
    this.#members.add(member);
    if (this.#isAlone) member.goAlone();
    else if (this.#isEntered) member.follow();
  }

  leave(member) {
    this.#members.delete(member);
    const { topic } = member;
    if (![...this.#members].some((other) => other.topic === topic)) this.post({ kind: "leave", topic });
    if (this.#members.size > 0) return;
    shares.delete(this.#name);
    this.#stopListening();
    this.#exit();
  }

  post(message) {
    this.#channel?.postMessage({ to: "leader", tab: this.#tab, ...message });
  }

  #enter() {
    if (this.#channel) return;
    this.#channel = new BroadcastChannel(this.#name);
    this.#channel.onmessage = ({ data }) => data.to === "tabs" && this.#hear(data);
    this.#tab = `${this.#name} ${crypto.randomUUID()}`;
    this.#leaderHeardAt = now();
    this.#askedAt = null;
    this.#hold(this.#tab);
    this.#candidate = new Candidate(navigator.locks, this.#name, {
      take: () => (this.#leader = new Leader(this.#base, this.#options, this.#name)),
      lose: () => {
        this.#leader?.stop();
        this.#leader = null;
      },
      fail: (error) => this.#goAlone(error),
    });
    this.#ticker = setInterval(() => this.#tick(), this.#options.timings.tickMs);
  }

  /** Hold a lock for as long as this page is there, so that the leader sees it go; then follow. */
  #hold(tab) {
    navigator.locks
      .request(tab, () => {
        if (this.#tab !== tab) return undefined; // put away meanwhile
        this.#isEntered = true;
        for (const member of this.#members) member.follow();
        return new Promise((letGo) => (this.#letGo = letGo));
      })
      .catch((error) => this.#goAlone(error));
  }

  #exit() {
    if (!this.#channel) return;
    for (const member of this.#members) member.pause();
    clearInterval(this.#ticker);
    this.#candidate.resign();
    this.#channel.close();
    this.#channel = null;
    this.#tab = null;
    this.#isEntered = false;
    this.#letGo();
  }

  #hear(data) {
    this.#leaderHeardAt = now();
    this.#askedAt = null;
    for (const member of this.#members) {
      if (data.tab === undefined || data.tab === this.#tab) member.hear(data);
    }
  }

  /** Look after the leader: its page may stand still, or its timers may be slowed down. */
  #tick() {
    const { staleMs } = this.#options.timings;
    const isQuiet = now() - this.#leaderHeardAt > staleMs;
    if (this.#askedAt !== null && now() - this.#askedAt > LEADER_MS * (1 + Math.random())) {
      this.#askedAt = now();
      this.#candidate.takeOver();
    } else if (isQuiet || [...this.#members].some((member) => member.needsCare)) {
      this.#askedAt ??= now();
      this.post({ kind: "tick" });
    }
    for (const member of this.#members) member.tick();
  }

  /** Locks may be there and refused all the same, as in some private windows. */
  #goAlone() {
    this.#isAlone = true;
    for (const member of this.#members) member.goAlone();
  }
}
