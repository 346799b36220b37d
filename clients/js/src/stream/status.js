import { Silence } from "../timing/silence.js";

/**
 * The status of a connection. The listener is notified whenever it is set, except to `open` again with
 * the same `via`, and at every tick while the connection is stale.
 */
export class ConnectionStatus {
  silence;
  #notify;
  #status = "connecting";
  #details = {};

  constructor(staleMs, notify) {
    this.silence = new Silence(staleMs);
    this.#notify = notify;
  }

  get isOpen() {
    return this.#status === "open";
  }

  get isPolling() {
    return this.isOpen && this.#details.via === "polling";
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
    if (this.silence.staleForSeconds > 0) this.#notifyListener();
  }

  #notifyListener() {
    const { staleForSeconds } = this.silence;
    this.#notify(this.#status, { ...this.#details, staleForSeconds });
  }
}
