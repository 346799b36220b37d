import { performAction } from "./actions.js";

/** What `connect` returns: one topic as one caller follows it. */
export class Connection {
  status = "connecting";
  #urls;
  #cursor;
  #options;
  #source; // a ResilientStream or a Follower; null after `close()` or a refusal

  /** `openSource(listener)` returns a stream of this connection's own, or a follower of the one that tabs share. */
  constructor(urls, cursor, options, openSource) {
    this.#urls = urls;
    this.#cursor = cursor;
    this.#options = options;
    // A callback may close this connection while more messages of the same burst are on their way:
    // they are dropped.
    const unlessClosed = (handler) => (...event) => this.#source && handler(...event);
    this.#source = openSource({
      onMessage: unlessClosed((topic, { seq, message, mode }) =>
        this.#call("onMessage", message, { id: seq, topic, mode }),
      ),
      onFrame: options.onFrame && unlessClosed((frame) => this.#call("onFrame", frame)),
      onStatus: unlessClosed((status, details) => this.#setStatus(status, details)),
      onRefused: unlessClosed((topic, { reason, status, detail }) => {
        this.#source = null;
        this.#setStatus("closed", { reason, status, detail });
      }),
    });
  }

  get topic() {
    return this.#cursor.topic;
  }

  /**
   * The sequence number of the last message. Before the first one, the number to begin behind: the
   * `lastEventId` that was given, or the head of the notifications, or else null.
   */
  get lastEventId() {
    return this.#cursor.lastSeq;
  }

  get staleForSeconds() {
    return this.#source?.staleForSeconds ?? 0;
  }

  /**
   * Send `{type: "mark_ready"}`, the only message a challenge takes, as the REST action that
   * replaces it. Rejects with a TypeError for any other.
   */
  send(message) {
    return performAction({ urls: this.#urls, topic: this.topic }, this.#options.fetch, message);
  }

  reconnect() {
    this.#source?.retryNow();
  }

  cut() {
    this.#source?.cut();
  }

  close() {
    const source = this.#source;
    if (!source) return;
    this.#source = null;
    this.#setStatus("closing", {});
    source.stop();
    this.#setStatus("closed", { reason: "closed_here" });
  }

  #setStatus(status, details) {
    this.status = status;
    this.#call("onStatus", status, details);
  }

  #call(name, ...given) {
    try {
      this.#options[name]?.(...given);
    } catch (error) {
      // Report it, but go on: a callback that throws must not stop the messages behind it.
      (globalThis.reportError ?? console.error)(error);
    }
  }
}
