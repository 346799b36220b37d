import { InitialPage } from "../polling/initial-page.js";
import { Backoff } from "../timing/backoff.js";
import { Silence } from "../timing/silence.js";

const SIGNS_OF_LIFE = ["frame", "opened", "message"];
const SUBSCRIBE_AGAIN = ["new_leader", "leader_left", "roll_call"];

/** One connection of this page whose messages come from the leading tab, which may be this one. */
export class Follower {
  #urls;
  #cursor;
  #options;
  #listener;
  #findGroup;
  #group = null;
  #initialPage = new InitialPage();
  #isStopped = false;
  #isFollowing = false;
  #isSubscribing = false; // it has sent a subscription that the leader has not answered yet
  #snapshotFrom = null; // the leader whose next message is a snapshot, or null
  #silence;
  #isTrying = false; // its own token, after the leader's was refused
  #doubts; // the delays before that
  #current = { status: "connecting", details: {} };

  /** `findGroup` returns the group to join. It is called after the first page, whose answer names the user. */
  constructor(urls, cursor, options, listener, findGroup) {
    this.#urls = urls;
    this.#cursor = cursor;
    this.#options = options;
    this.#listener = listener;
    this.#findGroup = findGroup;
    const { staleMs, retryMs, retryCapMs } = options.timings;
    this.#silence = new Silence(staleMs);
    this.#doubts = new Backoff({ base: retryMs, cap: retryCapMs });
    this.#begin();
  }

  /** How this connection sends requests: with its own token, if it has one. */
  get fetch() {
    return this.#options.fetch;
  }

  get topic() {
    return this.#cursor.topic;
  }

  /** Whether to ping the leader at every tick, so that it checks its time limits: while no stream is open. */
  get needsPing() {
    const { status, details } = this.#current;
    return this.#isFollowing && (status !== "open" || details.via === "polling");
  }

  async #begin() {
    await null; // the constructor must return before callbacks fire
    if (!this.#isStopped) this.#setStatus("connecting", {});
    await this.#join();
  }

  /** Fetch the first page without the leader, so that the cursor fits the topic's log; then join the group. */
  async #join(reason = null) {
    const found = await this.#initialPage.run(this.#urls, this.#cursor, this.#options, {
      onError: (error) => this.#setStatus("error", error),
      onTick: () => this.tick(),
    });
    if (found?.error) return this.#close(reason && found.error.status === 401 ? reason : found.error);
    if (found) this.#deliverPage(found.page);
    if (this.#isStopped) return; // a callback for one of these messages may have called `stop`
    this.#group ??= this.#findGroup();
    this.#group.add(this);
  }

  /** Listen to the leader: this tab has joined its group, or joined it again. */
  start() {
    this.#isFollowing = true;
    this.#subscribe();
  }

  /** Stop listening: this tab has left its group, as a page that is frozen or kept for the back button does. */
  pause() {
    this.#isFollowing = false;
  }

  /**
   * Take a message that a leader broadcast. For a moment two tabs may lead: of a message that both
   * send, the cursor drops the second, and when one opens with a snapshot, messages of the other are
   * ignored until the snapshot has come.
   */
  receive({ kind, leader, topic, topics, ...rest }) {
    if (!this.#isFollowing) return;
    if (SIGNS_OF_LIFE.includes(kind)) this.#silence.interrupt();
    if (kind === "pong") this.#silence.interrupt(rest.silentMs);
    else if (SUBSCRIBE_AGAIN.includes(kind)) this.#subscribe();
    else if (kind === "frame") this.#deliverFrame(rest.frame);
    else if (kind === "status") topics.includes(this.topic) && this.#setStatus(rest.status, rest.details);
    else if (topic !== this.topic) return;
    else if (kind === "opened") this.#open(leader, rest.opening);
    else if (kind === "message") (this.#snapshotFrom ?? leader) === leader && this.#deliver(rest);
    else if (kind === "replay") this.#replay(rest);
    else if (kind === "refused") this.#endOrJoinAgain(rest.end);
  }

  get staleForSeconds() {
    return this.#silence.staleForSeconds;
  }

  tick() {
    const { staleForSeconds } = this;
    if (staleForSeconds === 0) return;
    const { status, details } = this.#current;
    this.#listener.onStatus(status, { ...details, staleForSeconds });
  }

  retryNow() {
    this.#initialPage.pollNow();
    if (this.#isFollowing) this.#group.sendToLeader({ kind: "retry_now", topic: this.topic });
  }

  cut() {
    if (this.#isFollowing) this.#group.sendToLeader({ kind: "cut", topic: this.topic });
  }

  stop() {
    this.#isStopped = true;
    this.#isFollowing = false;
    this.#initialPage.stop();
    this.#group?.remove(this);
  }

  #subscribe() {
    this.#isSubscribing = true;
    this.#snapshotFrom = null;
    const wantsFrames = Boolean(this.#listener.onFrame);
    const { lastSeq } = this.#cursor;
    this.#group.sendToLeader({ kind: "subscribe", topic: this.topic, lastSeq, wantsFrames });
  }

  #deliverPage({ events, head, reset }) {
    this.#silence.interrupt();
    this.#cursor.open(reset ? "reset" : "resumed", head);
    for (const { id, ...message } of events) this.#deliver({ seq: id, message });
  }

  #open(leader, { mode, head }) {
    this.#isSubscribing = false;
    this.#doubts.reset();
    this.#snapshotFrom = mode === "resumed" ? null : leader;
    this.#cursor.open(mode, head);
    if (this.#current.status !== "open") this.#setStatus("open", {});
  }

  #replay({ messages, head, isOpen }) {
    this.#isSubscribing = false;
    this.#cursor.open("resumed", head);
    for (const each of messages) this.#deliver(each);
    if (isOpen) this.#setStatus("open", {});
  }

  #deliver({ seq, message }) {
    this.#snapshotFrom = null;
    const mode = this.#cursor.receive(seq);
    if (mode === "gap" && !this.#isSubscribing) this.#subscribe();
    if (mode === "gap" || mode === "old") return;
    this.#isSubscribing = false;
    this.#listener.onMessage(this.topic, { seq, message, mode });
  }

  #deliverFrame(frame) {
    if (frame && ["", "stream", this.topic].includes(frame.event)) this.#listener.onFrame?.(frame);
  }

  /**
   * Close; or subscribe again where the topic is over, but this tab has not received all of it. Where the
   * leader's token is good no longer, this tab's own may be of another session.
   */
  #endOrJoinAgain(end) {
    if (end.reason === "over" && this.#cursor.lastSeq < end.lastSeq) this.#subscribe();
    else if (end.status === 401 && this.#options.hasToken) this.#tryOwnToken(end);
    else this.#close(end);
  }

  async #tryOwnToken(end) {
    if (this.#isTrying) return;
    this.#isTrying = true;
    this.#isFollowing = false;
    const { reason, status, detail } = end;
    this.#setStatus("connecting", { reason, status, detail });
    await this.#initialPage.wait(this.#doubts.next());
    if (!this.#isStopped) await this.#join(end);
    this.#isTrying = false;
  }

  #close(end) {
    this.stop();
    this.#listener.onRefused(this.topic, end);
  }

  #setStatus(status, given) {
    const via = status === "open" && given.via !== "polling" ? "shared" : given.via;
    const details = { ...given, staleForSeconds: 0, ...(via && { via }) };
    const before = this.#current;
    this.#current = { status, details };
    const isSame = status === before.status && before.details.via === via;
    if (isSame && (status === "open" || given.staleForSeconds > 0)) return; // nothing new: `tick` reports staleness
    this.#listener.onStatus(status, details);
  }
}
