// The server's time, whatever the device's own clock says. Pure: the two clocks are given.

const JUMP_MS = 1500;

/**
 * Counts on from what the server said by `ticks`, which nobody can set. While a device sleeps,
 * ticks may stand still, which shows as a jump against the clock on the wall.
 */
export class ServerClock {
  #offset = -Infinity;
  #uncertainty = Infinity;
  #drift;

  constructor(ticks = () => performance.now(), wall = () => Date.now()) {
    this.ticks = ticks;
    this.wall = wall;
    this.#drift = wall() - ticks();
  }

  get isKnown() {
    return this.#offset > -Infinity;
  }

  /** The server's time in milliseconds since 1970; only once it is known. */
  now() {
    return this.ticks() + this.#offset;
  }

  /** A message of that server time is here: at least so late it is. Replayed ones come much later. */
  arrived(serverTime) {
    this.#offset = Math.max(this.#offset, serverTime - this.ticks());
  }

  /** The server said the time between these two ticks; the narrowest such pair counts. */
  measured(serverTime, askedAt, answeredAt) {
    const uncertainty = (answeredAt - askedAt) / 2;
    if (uncertainty > this.#uncertainty) return;
    this.#uncertainty = uncertainty;
    this.#offset = serverTime - (askedAt + answeredAt) / 2;
  }

  /** Whether the device slept, or its clock was set: then measure again. Told once. */
  hasJumped() {
    const drift = this.wall() - this.ticks();
    if (Math.abs(drift - this.#drift) < JUMP_MS) return false;
    this.#drift = drift;
    this.#uncertainty = Infinity;
    return true;
  }
}

/** Whole seconds until the deadline, never below zero: a second that has begun counts. */
export const secondsLeft = (deadline, now) => Math.max(0, Math.ceil((deadline - now) / 1000));

export function minutesAndSeconds(seconds) {
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}
