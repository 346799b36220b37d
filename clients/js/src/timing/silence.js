import { now } from "./clock.js";

/** How long nothing has come over a connection, not even a heartbeat. */
export class Silence {
  #staleMs;
  #lastBytesAt = now();

  constructor(staleMs) {
    this.#staleMs = staleMs;
  }

  /** Note that bytes came: now, or `agoMs` ago. */
  interrupt(agoMs = 0) {
    this.#lastBytesAt = now() - agoMs;
  }

  get milliseconds() {
    return now() - this.#lastBytesAt;
  }

  /** The silence in whole seconds; 0 up to `staleMs`. */
  get staleForSeconds() {
    return this.milliseconds > this.#staleMs ? Math.floor(this.milliseconds / 1000) : 0;
  }
}
