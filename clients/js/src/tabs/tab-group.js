import { now } from "../timing/clock.js";
import { watchPage } from "../timing/page-lifecycle.js";
import { Follower } from "./follower.js";
import { Leader } from "./leader.js";
import { LockCandidate } from "./lock-election.js";

// Tabs loaded before and after a deploy may exchange different messages. This number changes with
// the messages, so that only tabs that understand each other share a stream.
const CHANNEL = "qader-sse 2";
// A leader answers within milliseconds, a busy one perhaps after seconds. Replacing it costs all
// tabs a new stream. Each tab waits up to twice as long, at random, so that one replaces it first.
const LEADER_TIMEOUT_MS = 5_000;

const groups = new Map();

export const canShareStreams = () => Boolean(globalThis.navigator?.locks && globalThis.BroadcastChannel);

/** Follow a topic on the one stream that all tabs of this user in this browser share. */
export function followShared(urls, cursor, options, listener) {
  return new Follower(urls, cursor, options, listener, () => groupFor(urls, options));
}

function groupFor(urls, options) {
  // The channel name includes the user's id, so tabs of a previous user are not heard.
  const name = `${CHANNEL} ${urls.root} ${options.viewer.id ?? ""}`;
  if (!groups.has(name)) groups.set(name, new TabGroup(name, urls, options));
  return groups.get(name);
}

/** This page's membership in a group of tabs: it listens to the leader, and is a candidate itself. */
class TabGroup {
  #name;
  #urls;
  #options;
  #followers = new Set();
  #channel = null;
  #tab = null;
  #hasTabLock = false;
  #releaseTabLock = () => {};
  #candidate;
  #leader = null;
  #cannotShare = false;
  #pingedAt = null;
  #leaderHeardAt = now();
  #ticker;
  #stopWatching;

  constructor(name, urls, options) {
    this.#name = name;
    this.#urls = urls;
    this.#options = options;
    this.#enter();
    this.#stopWatching = watchPage({
      onVisibilityChange: () => this.#tick(),
      onDisconnect: () => {},
      onReconnect: () => this.#tick(),
      onHide: () => this.#exit(),
      onShow: () => this.#enter(),
    });
  }

  add(follower) {
    this.#followers.add(follower);
    if (this.#cannotShare) follower.openOwnStream();
    else if (this.#hasTabLock) follower.start();
  }

  remove(follower) {
    this.#followers.delete(follower);
    const { topic } = follower;
    if (![...this.#followers].some((other) => other.topic === topic)) {
      this.sendToLeader({ kind: "unsubscribe", topic });
    }
    if (this.#followers.size > 0) return;
    groups.delete(this.#name);
    this.#stopWatching();
    this.#exit();
  }

  sendToLeader(message) {
    this.#channel?.postMessage({ to: "leader", tab: this.#tab, ...message });
  }

  #enter() {
    if (this.#channel) return;
    this.#channel = new BroadcastChannel(this.#name);
    this.#channel.onmessage = ({ data }) => data.to === "tabs" && this.#receive(data);
    this.#tab = `${this.#name} ${crypto.randomUUID()}`;
    this.#leaderHeardAt = now();
    this.#pingedAt = null;
    this.#holdTabLock(this.#tab);
    this.#candidate = new LockCandidate(navigator.locks, this.#name, {
      onElected: () => (this.#leader = new Leader(this.#urls, this.#options, this.#name)),
      onDemoted: () => {
        this.#leader?.stop();
        this.#leader = null;
      },
      onUnavailable: () => this.#stopSharing(),
    });
    this.#ticker = setInterval(() => this.#tick(), this.#options.timings.tickMs);
  }

  /** Hold a lock while this page lives, which shows the leader when it is gone. Then follow. */
  #holdTabLock(tab) {
    navigator.locks
      .request(tab, () => {
        if (this.#tab !== tab) return undefined; // the page was hidden meanwhile
        this.#hasTabLock = true;
        for (const follower of this.#followers) follower.start();
        return new Promise((release) => (this.#releaseTabLock = release));
      })
      .catch(() => this.#stopSharing());
  }

  #exit() {
    if (!this.#channel) return;
    for (const follower of this.#followers) follower.pause();
    clearInterval(this.#ticker);
    this.#candidate.resign();
    this.#channel.close();
    this.#channel = null;
    this.#tab = null;
    this.#hasTabLock = false;
    this.#releaseTabLock();
  }

  #receive(message) {
    this.#leaderHeardAt = now();
    this.#pingedAt = null;
    for (const follower of this.#followers) {
      if (message.tab === undefined || message.tab === this.#tab) follower.receive(message);
    }
  }

  /** Ping a silent leader, and replace one that does not answer: its page may be frozen. */
  #tick() {
    const { staleMs } = this.#options.timings;
    const isSilent = now() - this.#leaderHeardAt > staleMs;
    if (this.#pingedAt !== null && now() - this.#pingedAt > LEADER_TIMEOUT_MS * (1 + Math.random())) {
      this.#pingedAt = now();
      this.#candidate.takeOver();
    } else if (isSilent || [...this.#followers].some((follower) => follower.needsPing)) {
      this.#pingedAt ??= now();
      this.sendToLeader({ kind: "ping" });
    }
    for (const follower of this.#followers) follower.tick();
  }

  /** Give up sharing: locks can exist and still be refused, as in some private windows. */
  #stopSharing() {
    this.#cannotShare = true;
    for (const follower of this.#followers) follower.openOwnStream();
  }
}
