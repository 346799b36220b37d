import { responseError } from "../response-errors.js";
import { CancellableDelay } from "../timing/cancellable-delay.js";

/** The base of InitialPage and Polling: a request for a page of events, and a delay that can be ended early. */
export class PageFetcher {
  isStopped = false;
  #abort = null;
  #delay = new CancellableDelay();

  /** Request the page of events behind the cursor, without retry; return `{page}` or `{error}`. */
  async fetchPage(urls, cursor, { fetch, timings, viewer }) {
    const abort = (this.#abort = new AbortController());
    const timer = setTimeout(() => abort.abort(), timings.requestMs);
    try {
      const response = await fetch(urls.eventsAfter(cursor.topic, cursor.lastSeq), {
        headers: { Accept: "application/json" },
        signal: abort.signal,
        cache: "no-store",
      });
      const error = await responseError(response, "application/json", viewer);
      if (error) return { error };
      const page = await response.json();
      return isPage(page) ? { page } : { error: { reason: "not_ours", status: 200, detail: "no page of events came" } };
    } catch (error) {
      return { error: { reason: error.reason ?? "unreachable", detail: error.message } };
    } finally {
      clearTimeout(timer);
    }
  }

  /** Wait before the next request, until `pollNow` or `stop` at most; not at all if stopped already. */
  async wait(milliseconds) {
    if (!this.isStopped) await this.#delay.wait(milliseconds);
  }

  tick() {
    this.#delay.tick();
  }

  /** End the delay before the next request. */
  pollNow() {
    this.#delay.end();
  }

  stop() {
    this.isStopped = true;
    this.#abort?.abort();
    this.#delay.end();
  }
}

// Whether the JSON is a page of events: a captive portal may answer with JSON of its own.
const isPage = (body) => Array.isArray(body?.events) && Number.isInteger(body.head);
