import { responseError } from "../response-errors.js";
import { CancellableDelay } from "../timing/cancellable-delay.js";

/** Requests pages of events behind a cursor, with delays in between, until it is stopped. */
export class PageFetcher {
  isStopped = false;
  #abort = null;
  #delay = new CancellableDelay();

  /** Request one page, once: returns `{page}` or `{error}`. */
  async fetchPage(urls, cursor, { fetch, timings, viewer }) {
    const abort = (this.#abort = new AbortController());
    const timer = setTimeout(() => abort.abort(), timings.requestMs);
    try {
      const response = await fetch(urls.eventsAfter(cursor.topic, cursor.lastSeq), {
        headers: { Accept: "application/json" },
        signal: abort.signal,
        cache: "no-store",
        credentials: "include",
      });
      const error = await responseError(response, "application/json", viewer);
      if (error) return { error };
      const page = await response.json();
      return isPage(page) ? { page } : { error: { reason: "not_ours", status: 200, detail: "no page of events came" } };
    } catch (error) {
      return { error: { reason: "unreachable", detail: error.message } };
    } finally {
      clearTimeout(timer);
    }
  }

  /** Wait before the next request, unless this fetcher has been stopped. */
  async wait(milliseconds) {
    if (!this.isStopped) await this.#delay.wait(milliseconds);
  }

  tick() {
    this.#delay.tick();
  }

  /** Send the next request now. */
  pollNow() {
    this.#delay.end();
  }

  stop() {
    this.isStopped = true;
    this.#abort?.abort();
    this.#delay.end();
  }
}

// A captive portal may answer with JSON of its own.
const isPage = (body) => Array.isArray(body?.events) && Number.isInteger(body.head);
