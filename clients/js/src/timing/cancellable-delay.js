import { now } from "./clock.js";

/**
 * A delay that `end` ends early. `tick` ends it if it is due by the monotonic clock, since browsers
 * slow down the timer of a hidden page.
 */
export class CancellableDelay {
  #dueAt = Infinity;
  #end = null;

  wait(milliseconds) {
    this.#dueAt = now() + milliseconds;
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.#end = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  tick() {
    if (now() >= this.#dueAt) this.end();
  }

  end() {
    this.#dueAt = Infinity;
    this.#end?.();
  }
}
