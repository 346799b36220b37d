/** Growing delays with full jitter: a random part of a bound that doubles, so that crowds spread. */
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

  /** The delay before the next attempt, at least `floor`: the time that the server asked for. */
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
