/**
 * Growing delays with full jitter: each is a random part of a bound, which begins at `base` and
 * doubles up to `cap`, so that many clients do not act at the same moment.
 */
export class Backoff {
  #base;
  #cap;
  #random;
  #failures = 0;

  constructor({ base, cap, random = Math.random }) {
    this.#base = base;
    this.#cap = cap;
    this.#random = random;
  }

  /** Return the next delay: `floor`, the time that the server asked for, plus a random part of the bound. */
  next(floor = 0) {
    const bound = Math.min(this.#cap, this.#base * 2 ** this.#failures);
    this.#failures += 1;
    return Math.round(floor + this.#random() * bound);
  }

  reset() {
    this.#failures = 0;
  }

  get failures() {
    return this.#failures;
  }
}
