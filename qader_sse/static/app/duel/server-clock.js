// The server's time, however wrong the device's own clock is. Pure: both clocks are parameters.

import { ClockDrift } from "../../client/timing/clock.js";

const JUMP_MS = 1500;

/**
 * Estimates the server's time by a monotonic clock, which nobody can set. While a device sleeps the
 * monotonic clock may stand still: compared with the wall clock, that shows as a jump.
 */
export class ServerClock {
  #offset = -Infinity;
  #uncertainty = Infinity;
  #drift;

  constructor(ticks = () => performance.now(), wall = () => Date.now()) {
    this.ticks = ticks;
    this.#drift = new ClockDrift(ticks, wall);
  }

  get isKnown() {
    return this.#offset > -Infinity;
  }

  /** The server's time in milliseconds since 1970; only meaningful once it is known. */
  now() {
    return this.ticks() + this.#offset;
  }

  /** Note that the server's clock has reached this time. One before the estimate, as in a replay, changes nothing. */
  reached(serverTime) {
    this.#offset = Math.max(this.#offset, serverTime - this.ticks());
  }

  /** Note an answer with the server's time. Of all answers since the last jump the one that came fastest counts. */
  measured(serverTime, askedAt, answeredAt) {
    const uncertainty = (answeredAt - askedAt) / 2;
    if (uncertainty > this.#uncertainty) return;
    this.#uncertainty = uncertainty;
    this.#offset = serverTime - (askedAt + answeredAt) / 2;
  }

  /** Whether the device slept or its clock was set, so that time must be measured again. True once for each time. */
  hasJumped() {
    if (Math.abs(this.#drift.milliseconds) < JUMP_MS) return false;
    this.#drift.restart();
    this.#uncertainty = Infinity;
    return true;
  }
}

/** Whole seconds until the deadline, rounded up, and never below zero. */
export const secondsLeft = (deadline, now) => Math.max(0, Math.ceil((deadline - now) / 1000));

export function minutesAndSeconds(seconds) {
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}
