import { Backoff } from "../timing/backoff.js";
import { watchPage } from "../timing/page-lifecycle.js";
import { PageFetcher } from "./page-fetcher.js";

/**
 * Requests the page of events behind a tab's cursor until it has one. A tab needs it before it follows
 * the leader: the answer names the user, and brings the cursor to where the leader can continue.
 */
export class InitialPage extends PageFetcher {
  /** Return `{page}`, or `{error}` if retrying is pointless, or null if stopped. Other errors go to `onError`. */
  async run(urls, cursor, options, { onError, onTick }) {
    const { retryMs, retryCapMs, tickMs } = options.timings;
    const retry = new Backoff({ base: retryMs, cap: retryCapMs });
    const tick = () => {
      this.tick();
      onTick();
    };
    const ticker = setInterval(tick, tickMs);
    const stopWatching = watchPage({
      onVisibilityChange: tick,
      onDisconnect: () => {},
      onReconnect: () => this.pollNow(),
    });
    try {
      while (!this.isStopped) {
        const { page, error } = await this.fetchPage(urls, cursor, options);
        if (this.isStopped) break;
        if (page || error.isFinal) return { page, error };
        const retryInMs = retry.next(error.retryAfterMs);
        onError({ ...error, retryInMs });
        await this.wait(retryInMs);
      }
      return null;
    } finally {
      clearInterval(ticker);
      stopWatching();
    }
  }
}
