import { responseError } from "../response-errors.js";
import { now } from "../timing/clock.js";
import { SseParser } from "./sse-parser.js";

/** One request for a stream, from sending it to its end. */
export class StreamRequest {
  sentAt = now();
  lastBytesAt = now();
  openedAt = null;
  hasResponse = false;
  hasBytes = false;
  #abort = new AbortController();
  #end = null;

  /** Send the request, read the stream to its end, and return why it ended: `{reason, …}`. */
  async run(url, { fetch, viewer, lastEventId, onBytes, onFrame }) {
    const headers = { Accept: "text/event-stream" };
    if (lastEventId) headers["Last-Event-ID"] = lastEventId;
    try {
      const response = await fetch(url, { headers, signal: this.#abort.signal, cache: "no-store" });
      this.hasResponse = true;
      const error = await responseError(response, "text/event-stream", viewer);
      if (error) return this.#end ?? error;
      await this.#read(response.body.getReader(), onBytes, onFrame);
      return this.#end ?? { reason: "cut" };
    } catch (error) {
      return this.#end ?? { reason: error.reason ?? (this.hasResponse ? "cut" : "unreachable"), detail: error.message };
    }
  }

  async #read(reader, onBytes, onFrame) {
    const parser = new SseParser();
    for (;;) {
      const { done, value } = await reader.read();
      if (done || this.#end) return;
      this.hasBytes = true;
      this.lastBytesAt = now();
      onBytes();
      for (const frame of parser.push(value)) {
        onFrame(frame);
        if (this.#end) return;
      }
    }
  }

  /** End the request; `run` then returns this `end`, `{reason, …}`. Only the first call's counts. */
  stop(end) {
    this.#end ??= end;
    this.#abort.abort();
  }
}
