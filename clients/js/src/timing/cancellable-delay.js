import { now } from "./clock.js";

/**
 * A delay that can be ended early. `tick` ends it when it is due by the monotonic clock, since
 * browsers slow down the timers of hidden pages.
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
