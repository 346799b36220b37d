import { now } from "../timing/clock.js";

/** What a link says of itself: each change once, and that it is stale again and again. */
export class Report {
  #staleMs;
  #tell;
  #status = "connecting";
  #details = {};
  #heardAt = now();

  constructor(staleMs, tell) {
    this.#staleMs = staleMs;
    this.#tell = tell;
  }

  get isOpen() {
    return this.#status === "open";
  }

  /** Whether messages come by polling now. */
  get polls() {
    return this.isOpen && this.#details.via === "polling";
  }

  get silentMs() {
    return now() - this.#heardAt;
  }

  /** How long nothing came, not even a heartbeat, once that is longer than it should be. */
  get staleForSeconds() {
    return this.silentMs > this.#staleMs ? Math.floor(this.silentMs / 1000) : 0;
  }

  hear() {
    this.#heardAt = now();
  }

  /** The next try begins: it has the reason of the one before, but nothing comes that way yet. */
  sayConnecting() {
    const { via, ...why } = this.#details;
    this.say("connecting", why);
  }

  say(status, details) {
    const isNews = status !== this.#status || details.via !== this.#details.via;
    this.#status = status;
    this.#details = details;
    if (isNews || status !== "open") this.#tellAll();
  }

  tick() {
    if (this.staleForSeconds > 0) this.#tellAll();
  }

  #tellAll() {
    this.#tell(this.#status, { ...this.#details, staleForSeconds: this.staleForSeconds });
  }
}
