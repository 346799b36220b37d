import { now } from "../timing/clock.js";
import { FirstLook } from "../polling/initial-page.js";
import { Link } from "../stream/resilient-stream.js";
import { oneTopic } from "../stream/protocol.js";

/** One connection of this page that lives on what the leader tells. */
export class Member {
  #base;
  #place;
  #options;
  #listener;
  #share = null;
  #firstLook = new FirstLook();
  #alone = null;
  #isOver = false;
  #isReady = false;
  #isAsking = false;
  #heardAt = now();
  #said = { status: "connecting", details: {} };

  /** `findShare` is called when there is something to follow from; what it returns, we join. */
  constructor(base, place, options, listener, findShare) {
    this.#base = base;
    this.#place = place;
    this.#options = options;
    this.#listener = listener;
    this.#begin(findShare);
  }

  get topic() {
    return this.#place.topic;
  }

  get needsCare() {
    return this.#isReady && (this.#said.status !== "open" || this.#said.details.via === "polling");
  }

  /** Look once by itself: then the place is one of this topic, and the leader brings what follows. */
  async #begin(findShare) {
    await null; // our owner is told nothing before it has us
    if (!this.#isOver) this.#say("connecting", {});
    const found = await this.#firstLook.run(this.#base, this.#place, this.#options, {
      onProblem: (problem) => this.#say("error", problem),
      onTick: () => this.tick(),
    });
    if (found?.problem) return this.#refuse(found.problem);
    if (found) this.#takePage(found.page);
    if (this.#isOver) return; // also by what it was told
    this.#share = findShare();
    this.#share.join(this);
  }

  /** The page is there, or there again: from now on the leader is listened to. */
  follow() {
    if (this.#alone) return;
    this.#isReady = true;
    this.#want();
  }

  /** The page is being put away, perhaps to be shown again. */
  pause() {
    this.#isReady = false;
  }

  hear({ kind, topic, topics, ...said }) {
    if (!this.#isReady) return;
    if (["beat", "opening", "message"].includes(kind)) this.#heardAt = now();
    if (kind === "pong") this.#heardAt = now() - said.silentMs;
    else if (kind === "lead") this.#want();
    else if (kind === "beat") this.#show(said.frame);
    else if (kind === "status") topics.includes(this.topic) && this.#say(said.status, said.details);
    else if (topic !== this.topic) return;
    else if (kind === "opening") this.#open(said.opening);
    else if (kind === "message") this.#take(said);
    else if (kind === "missed") this.#catchUp(said);
    else if (kind === "refusal") this.#leaveUnlessBehind(said.end);
  }

  get staleForSeconds() {
    if (this.#alone) return this.#alone.staleForSeconds;
    const silentMs = now() - this.#heardAt;
    return silentMs > this.#options.timings.staleMs ? Math.floor(silentMs / 1000) : 0;
  }

  tick() {
    const { staleForSeconds } = this;
    if (this.#alone || staleForSeconds === 0) return;
    this.#listener.status(this.#said.status, { ...this.#said.details, staleForSeconds });
  }

  goAlone() {
    this.#isReady = false;
    this.#alone ??= new Link(oneTopic, this.#base, [this.#place], this.#options, this.#listener);
  }

  hurry() {
    this.#firstLook.hurry();
    if (this.#alone) this.#alone.hurry();
    else if (this.#isReady) this.#share.post({ kind: "hurry", topic: this.topic });
  }

  cut() {
    if (this.#alone) this.#alone.cut();
    else if (this.#isReady) this.#share.post({ kind: "cut", topic: this.topic });
  }

  stop() {
    this.#isOver = true;
    this.#isReady = false;
    this.#firstLook.stop();
    this.#alone?.stop();
    this.#share?.leave(this);
  }

  #want() {
    this.#isAsking = true;
    const inspects = Boolean(this.#listener.frame);
    this.#share.post({ kind: "want", topic: this.topic, cursor: this.#place.cursor, inspects });
  }

  #takePage({ events, head, reset }) {
    this.#heardAt = now();
    this.#place.open(reset ? "reset" : "resumed", head);
    for (const { id, ...message } of events) this.#take({ number: id, message });
  }

  #open({ mode, head }) {
    this.#isAsking = false;
    this.#place.open(mode, head);
    if (this.#said.status !== "open") this.#say("open", {});
  }

  #catchUp({ missed, head, isOpen }) {
    this.#isAsking = false;
    this.#place.open("resumed", head);
    for (const each of missed) this.#take(each);
    if (isOpen) this.#say("open", {});
  }

  #take({ number, message }) {
    const mode = this.#place.judge(number);
    if (mode === "hole" && !this.#isAsking) this.#want();
    if (mode === "hole" || mode === "old") return;
    this.#isAsking = false;
    this.#listener.message(this.topic, { number, message, mode });
  }

  #show(frame) {
    if (frame && ["", "stream", this.topic].includes(frame.event)) this.#listener.frame?.(frame);
  }

  #leaveUnlessBehind(end) {
    if (end.reason === "over" && this.#place.cursor < end.cursor) this.#want();
    else this.#refuse(end);
  }

  #refuse(end) {
    this.stop();
    this.#listener.refusal(this.topic, end);
  }

  #say(status, given) {
    const via = status === "open" && given.via !== "polling" ? "shared" : given.via;
    const details = { ...given, staleForSeconds: 0, ...(via && { via }) };
    const before = this.#said;
    this.#said = { status, details };
    const isTold = status === before.status && before.details.via === via;
    if (isTold && (status === "open" || given.staleForSeconds > 0)) return; // we tell staleness ourselves
    this.#listener.status(status, details);
  }
}
