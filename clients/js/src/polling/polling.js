import { Backoff } from "../timing/backoff.js";
import { PageFetcher } from "./page-fetcher.js";

/**
 * Polls for the events behind each cursor, while streams fail. While nothing is new the delays grow;
 * after a page that does not reach the head there is none.
 */
export class Polling extends PageFetcher {
  isWorking = false; // whether the last request succeeded

  async run(urls, cursors, { onPage, onError, ...options }) {
    const { timings } = options;
    const quiet = new Backoff({ base: timings.pollMs, cap: timings.pollCapMs });
    while (!this.isStopped) {
      let [hasEvents, isBehind, waitMs] = [false, false, 0];
      for (const cursor of [...cursors.values()]) {
        const { page, error } = await this.fetchPage(urls, cursor, options);
        if (this.isStopped) return;
        if (cursors.get(cursor.topic) !== cursor) continue; // the topic was removed during the request
        this.isWorking = !error;
        if (error) {
          waitMs = Math.max(waitMs, error.retryAfterMs ?? 0);
          onError(cursor.topic, error);
        } else {
          onPage(cursor, page);
          hasEvents ||= page.events.length > 0;
          isBehind ||= page.events.length > 0 && cursor.lastSeq < page.head;
        }
      }
      if (hasEvents) quiet.reset();
      if (!isBehind) await this.wait(timings.pollMs / 2 + quiet.next(waitMs));
    }
  }
}
