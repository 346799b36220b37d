import { Asking } from "./page-fetcher.js";
import { Backoff } from "../timing/backoff.js";

/** Asks for what is new, seldom while nothing is: where streams do not come through. */
export class Polling extends Asking {
  works = false;

  async run(base, places, { onPage, onProblem, ...options }) {
    const { timings } = options;
    const quiet = new Backoff({ base: timings.pollMs, cap: timings.pollCapMs });
    while (!this.isOver) {
      let [isNews, isBehind, waitMs] = [false, false, 0];
      for (const place of [...places.values()]) {
        const { page, problem } = await this.look(base, place, options);
        if (this.isOver) return;
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
      if (!isBehind) await this.wait(timings.pollMs / 2 + quiet.next(waitMs));
    }
  }
}
