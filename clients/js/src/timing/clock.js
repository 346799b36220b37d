/** Milliseconds by a monotonic clock: the wall clock may be set during a delay. */
export const now = () => performance.now();

/**
 * How far the wall clock has moved against the monotonic clock. While a device sleeps, some monotonic
 * clocks stand still, and the wall clock goes on. Setting the wall clock looks the same.
 */
export class ClockDrift {
  #difference;
  #start;

  constructor(monotonic = now, wall = () => Date.now()) {
    this.#difference = () => wall() - monotonic();
    this.#start = this.#difference();
  }

  /** The drift since the start, or since the last `restart`; negative if the wall clock was set back. */
  get milliseconds() {
    return this.#difference() - this.#start;
  }

  /** Return the drift so far, and begin another measurement. */
  restart() {
    const start = this.#difference();
    const milliseconds = start - this.#start;
    this.#start = start;
    return milliseconds;
  }
}
