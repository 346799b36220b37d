/** Time that nobody sets: the wall clock may be moved while we wait. */
export const now = () => performance.now();

const LEAP_MS = 5_000;

/**
 * Tells that the computer slept. While it does, some monotonic clocks stand still; the wall clock
 * goes on. Somebody may have set it instead: what follows is a reconnect, which harms nothing.
 */
export class Naps {
  #ahead = Date.now() - now();

  hasSlept() {
    const ahead = Date.now() - now();
    const leap = ahead - this.#ahead;
    this.#ahead = ahead;
    return leap > LEAP_MS;
  }
}
