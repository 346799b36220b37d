import { now } from "../timing/clock.js";
import { watchPage } from "../timing/page-lifecycle.js";
import { ChannelCandidate } from "./channel-election.js";
import { openChannel } from "./channel.js";
import { Follower } from "./follower.js";
import { Leader } from "./leader.js";
import { LockCandidate } from "./lock-election.js";
import { randomId } from "./random-id.js";

// Tabs loaded before and after a deploy may exchange different messages. This number changes with
// the messages, so that only tabs that understand each other share a stream.
const CHANNEL = "qader-sse 3";
// A tab takes over if its ping is not answered for this long, or up to twice as long, at random, so that
// one tab is first. A leader answers within milliseconds, a busy one perhaps after seconds, and replacing
// it costs all tabs a new stream.
const LEADER_TIMEOUT_MS = 5_000;

const groups = new Map();

/** The browser's locks, or null: they exist in secure contexts only, and are of no use without a BroadcastChannel. */
const findLocks = () => (globalThis.BroadcastChannel && globalThis.navigator?.locks) ?? null;

/**
 * Whether there may be other tabs: in a page, or where there are locks. Node before 24 has neither,
 * and each connection opens its own stream.
 */
export const canShareStreams = () => Boolean(globalThis.location ?? findLocks());

/** Follow a topic on the one stream that all tabs of this user in this browser share. */
export function followShared(urls, cursor, options, listener) {
  return new Follower(urls, cursor, options, listener, () => groupFor(urls, options));
}

function groupFor(urls, options) {
  // The channel name includes the user's id, so tabs of a previous user are not heard. All tabs send the
  // same cookie, but tokens may be of several users: without an id, whose token it is cannot be known.
  const { viewer, hasToken } = options;
  const user = hasToken ? `${viewer.id ?? randomId()} by token` : (viewer.id ?? "");
  const name = `${CHANNEL} ${urls.root} ${user}`;
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
  #locks = findLocks();
  #isListening = false; // to the leader: from when this tab has its lock, or without locks at once
  #releaseTabLock = () => {};
  #candidate;
  #leader = null;
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
      onUnload: () => this.#exit(),
    });
  }

  add(follower) {
    this.#followers.add(follower);
    if (this.#isListening) follower.start();
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
    this.#channel = openChannel(this.#name);
    this.#channel.onmessage = ({ data }) => data.to === "tabs" && this.#receive(data);
    this.#tab = `${this.#name} ${randomId()}`;
    this.#leaderHeardAt = now();
    this.#pingedAt = null;
    if (this.#locks) this.#holdTabLock(this.#tab);
    const callbacks = {
      onElected: () => (this.#leader = new Leader(this.#urls, this.#leaderOptions(), this.#name, this.#locks)),
      onDemoted: () => {
        this.#leader?.stop();
        this.#leader = null;
      },
      onUnavailable: () => this.#stopUsingLocks(),
    };
    this.#candidate = this.#locks
      ? new LockCandidate(this.#locks, this.#name, callbacks)
      : new ChannelCandidate(this.#name, callbacks);
    if (!this.#locks) this.#listen();
    this.#ticker = setInterval(() => this.#tick(), this.#options.timings.tickMs);
  }

  /** The token that a leader sends is that of a connection that lives: it may be the only one that is still good. */
  #leaderOptions() {
    const { fetch: first } = this.#options;
    const fetch = (...request) => ([...this.#followers][0]?.fetch ?? first)(...request);
    return { ...this.#options, fetch };
  }

  /** Follow once this tab has its lock, whose release shows the leader that the tab is gone. */
  #holdTabLock(tab) {
    this.#locks
      .request(tab, () => {
        if (this.#tab !== tab) return undefined; // this tab has left the group meanwhile
        this.#listen();
        return new Promise((release) => (this.#releaseTabLock = release));
      })
      .catch(() => this.#stopUsingLocks());
  }

  #listen() {
    this.#isListening = true;
    for (const follower of this.#followers) follower.start();
  }

  #exit() {
    if (!this.#channel) return;
    for (const follower of this.#followers) follower.pause();
    clearInterval(this.#ticker);
    this.sendToLeader({ kind: "left" });
    this.#candidate.resign();
    this.#channel.close();
    this.#channel = null;
    this.#tab = null;
    this.#isListening = false;
    this.#releaseTabLock();
  }

  #receive(message) {
    this.#leaderHeardAt = now();
    this.#pingedAt = null;
    for (const follower of this.#followers) {
      if (message.tab === undefined || message.tab === this.#tab) follower.receive(message);
    }
  }

  /** Ping a leader that is silent or has no open stream; take over if it does not answer: it may be frozen. */
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

  /** Join again without locks: they can exist and still be refused, as in some private windows. */
  #stopUsingLocks() {
    if (!this.#locks || !this.#channel) return;
    this.#exit();
    this.#locks = null;
    this.#enter();
  }
}
