import { Backoff } from "./backoff.js";
import { Pause } from "./pause.js";
import { look } from "./polling.js";
import { onWaking } from "./waking.js";

/** Looks until it has a page, before anything else tells of the topic. There is one at a time. */
export class FirstLook {
  #isOver = false;
  #abort = null;
  #pause = new Pause();

  /** `{page}`, or `{problem}` where another try is no use; null when it was stopped. */
  async run(base, place, options, { onProblem, onTick }) {
    const { retryMs, retryCapMs, tickMs } = options.timings;
    const retry = new Backoff({ base: retryMs, cap: retryCapMs });
    const tick = () => {
      this.#pause.tick();
      onTick();
    };
    const ticker = setInterval(tick, tickMs);
    const stopListening = onWaking({ look: tick, lose: () => {}, hurry: () => this.hurry() });
    try {
      while (!this.#isOver) {
        this.#abort = new AbortController();
        const { page, problem } = await look(base, place, options, this.#abort);
        if (this.#isOver) break;
        if (page || problem.isFinal) return { page, problem };
        const retryInMs = retry.next(problem.retryAfterMs);
        onProblem({ ...problem, retryInMs });
        if (!this.#isOver) await this.#pause.wait(retryInMs);
      }
      return null;
    } finally {
      clearInterval(ticker);
      stopListening();
    }
  }

  /** Look again now. */
  hurry() {
    this.#pause.end();
  }

  stop() {
    this.#isOver = true;
    this.#abort?.abort();
    this.#pause.end();
  }
}
