import { problemOf } from "../response-errors.js";
import { Pause } from "../timing/cancellable-delay.js";

/** Asks for what follows a place, with pauses in between, until it is stopped. */
export class Asking {
  isOver = false;
  #abort = null;
  #pause = new Pause();

  /** One look: `{page}` or `{problem}`. */
  async look(base, place, { fetch, timings, viewer }) {
    const abort = (this.#abort = new AbortController());
    const timer = setTimeout(() => abort.abort(), timings.requestMs);
    try {
      const response = await fetch(base.events(place.topic, place.cursor), {
        headers: { Accept: "application/json" },
        signal: abort.signal,
        cache: "no-store",
        credentials: "include",
      });
      const problem = await problemOf(response, "application/json", viewer);
      if (problem) return { problem };
      const page = await response.json();
      return isPage(page) ? { page } : { problem: { reason: "not_ours", status: 200, detail: "no page of events came" } };
    } catch (error) {
      return { problem: { reason: "unreachable", detail: error.message } };
    } finally {
      clearTimeout(timer);
    }
  }

  /** Wait before the next look; not once it is over. */
  async wait(milliseconds) {
    if (!this.isOver) await this.#pause.wait(milliseconds);
  }

  tick() {
    this.#pause.tick();
  }

  /** Look now. */
  hurry() {
    this.#pause.end();
  }

  stop() {
    this.isOver = true;
    this.#abort?.abort();
    this.#pause.end();
  }
}

// A captive portal may answer JSON with JSON of its own.
const isPage = (said) => Array.isArray(said?.events) && Number.isInteger(said.head);
