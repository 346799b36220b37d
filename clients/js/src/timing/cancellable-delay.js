import { now } from "./clock.js";

/** A pause that can be ended early, and looks at the clock when told to: timers may be late. */
export class Pause {
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
