import { now } from "../timing/clock.js";

/** The status of a connection: notifies of each change once, and of staleness at every tick. */
export class ConnectionStatus {
  #staleMs;
  #notify;
  #status = "connecting";
  #details = {};
  #lastBytesAt = now();

  constructor(staleMs, notify) {
    this.#staleMs = staleMs;
    this.#notify = notify;
  }

  get isOpen() {
    return this.#status === "open";
  }

  get isPolling() {
    return this.isOpen && this.#details.via === "polling";
  }

  get silentMs() {
    return now() - this.#lastBytesAt;
  }

  /** How long nothing has come, not even a heartbeat; 0 while that is shorter than `staleMs`. */
  get staleForSeconds() {
    return this.silentMs > this.#staleMs ? Math.floor(this.silentMs / 1000) : 0;
  }

  receivedBytes() {
    this.#lastBytesAt = now();
  }

  /** Begin another attempt: it has the reason of the failure before, but no `via` yet. */
  setConnecting() {
    const { via, ...reason } = this.#details;
    this.set("connecting", reason);
  }

  set(status, details) {
    const isChange = status !== this.#status || details.via !== this.#details.via;
    this.#status = status;
    this.#details = details;
    if (isChange || status !== "open") this.#notifyListener();
  }

  tick() {
    if (this.staleForSeconds > 0) this.#notifyListener();
  }

  #notifyListener() {
    this.#notify(this.#status, { ...this.#details, staleForSeconds: this.staleForSeconds });
  }
}
