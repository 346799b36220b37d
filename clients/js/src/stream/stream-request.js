import { problemOf } from "../response-errors.js";
import { now } from "../timing/clock.js";
import { SseParser } from "./sse-parser.js";

/** One try to stream. `run` returns why it ended. */
export class Stream {
  startedAt = now();
  heardAt = now();
  openedAt = null;
  isAnswered = false;
  hasBytes = false;
  #abort = new AbortController();
  #end = null;

  async run(url, { fetch, viewer, lastEventId, onBytes, onFrame }) {
    const headers = { Accept: "text/event-stream" };
    if (lastEventId) headers["Last-Event-ID"] = lastEventId;
    try {
      const response = await fetch(url, {
        headers,
        signal: this.#abort.signal,
        cache: "no-store",
        credentials: "include",
      });
      this.isAnswered = true;
      const problem = await problemOf(response, "text/event-stream", viewer);
      if (problem) return this.#end ?? problem;
      await this.#read(response.body.getReader(), onBytes, onFrame);
      return this.#end ?? { reason: "cut" };
    } catch (error) {
      return this.#end ?? { reason: this.isAnswered ? "cut" : "unreachable", detail: error.message };
    }
  }

  async #read(reader, onBytes, onFrame) {
    const parser = new SseParser();
    for (;;) {
      const { done, value } = await reader.read();
      if (done || this.#end) return;
      this.hasBytes = true;
      this.heardAt = now();
      onBytes();
      for (const frame of parser.push(value)) {
        onFrame(frame);
        if (this.#end) return;
      }
    }
  }

  /** End it, for this reason; the first one counts. */
  stop(end) {
    this.#end ??= end;
    this.#abort.abort();
  }
}
