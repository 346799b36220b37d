import { problemOf } from "./answers.js";
import { Backoff } from "./backoff.js";
import { Pause } from "./pause.js";

/** One look at what follows the place: `{page}` or `{problem}`. */
export async function look(base, place, { fetch, timings, viewer }, abort = new AbortController()) {
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

// A captive portal may answer JSON with JSON of its own.
const isPage = (said) => Array.isArray(said?.events) && Number.isInteger(said.head);

/** Asks for what is new, seldom while nothing is: where streams do not come through. */
export class Polling {
  works = false;
  #isOver = false;
  #abort = null;
  #pause = new Pause();

  async run(base, places, { onPage, onProblem, ...options }) {
    const { timings } = options;
    const quiet = new Backoff({ base: timings.pollMs, cap: timings.pollCapMs });
    while (!this.#isOver) {
      let [isNews, isBehind, waitMs] = [false, false, 0];
      for (const place of [...places.values()]) {
        this.#abort = new AbortController();
        const { page, problem } = await look(base, place, options, this.#abort);
        if (this.#isOver) return;
        if (places.get(place.topic) !== place) continue; // left while we asked
        this.works = !problem;
        if (problem) {
          waitMs = Math.max(waitMs, problem.retryAfterMs ?? 0);
          onProblem(place.topic, problem);
        } else {
          onPage(place, page);
          isNews ||= page.events.length > 0;
          isBehind ||= page.events.length > 0 && place.cursor < page.head;
        }
      }
      if (isNews) quiet.reset();
      if (!isBehind) await this.#pause.wait(timings.pollMs / 2 + quiet.next(waitMs));
    }
  }

  tick() {
    this.#pause.tick();
  }

  /** Ask now. */
  hurry() {
    this.#pause.end();
  }

  stop() {
    this.#isOver = true;
    this.#abort?.abort();
    this.#pause.end();
  }
}
