import { Asking } from "./page-fetcher.js";
import { Backoff } from "../timing/backoff.js";
import { onWaking } from "../timing/page-lifecycle.js";

/** Looks until it has a page, before anything else tells of the topic. There is one at a time. */
export class FirstLook extends Asking {
  /** `{page}`, or `{problem}` where another try is no use; null when it was stopped. */
  async run(base, place, options, { onProblem, onTick }) {
    const { retryMs, retryCapMs, tickMs } = options.timings;
    const retry = new Backoff({ base: retryMs, cap: retryCapMs });
    const tick = () => {
      this.tick();
      onTick();
    };
    const ticker = setInterval(tick, tickMs);
    const stopListening = onWaking({ look: tick, lose: () => {}, hurry: () => this.hurry() });
    try {
      while (!this.isOver) {
        const { page, problem } = await this.look(base, place, options);
        if (this.isOver) break;
        if (page || problem.isFinal) return { page, problem };
        const retryInMs = retry.next(problem.retryAfterMs);
        onProblem({ ...problem, retryInMs });
        await this.wait(retryInMs);
      }
      return null;
    } finally {
      clearInterval(ticker);
      stopListening();
    }
  }
}
