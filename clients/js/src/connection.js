import { act } from "./actions.js";

/** What `connect` returns: one topic, as one reader follows it. */
export class Connection {
  status = "connecting";
  #address;
  #options;
  #place;
  #route;

  constructor(address, place, options, openRoute) {
    this.#address = address;
    this.#options = options;
    this.#place = place;
    // The page may close us in any callback, with more of the same burst to come.
    const unlessClosed = (tell) => (...told) => this.#route && tell(...told);
    this.#route = openRoute({
      message: unlessClosed((topic, { number, message, mode }) =>
        this.#call("onMessage", message, { id: number, topic, mode }),
      ),
      frame: options.onFrame && unlessClosed((frame) => this.#call("onFrame", frame)),
      status: unlessClosed((status, details) => this.#say(status, details)),
      refusal: unlessClosed((topic, { reason, status, detail }) => {
        this.#route = null;
        this.#say("closed", { reason, status, detail });
      }),
    });
  }

  get topic() {
    return this.#place.topic;
  }

  /** The number of the last message delivered; null before the first. */
  get lastEventId() {
    return this.#place.cursor;
  }

  get staleForSeconds() {
    return this.#route?.staleForSeconds ?? 0;
  }

  /** Do what a WebSocket client would say: `{type: "mark_ready"}`. */
  send(message) {
    return act(this.#address, this.#options.fetch, message);
  }

  reconnect() {
    this.#route?.hurry();
  }

  cut() {
    this.#route?.cut();
  }

  close() {
    const route = this.#route;
    if (!route) return;
    this.#route = null;
    this.#say("closing", {});
    route.stop();
    this.#say("closed", { reason: "closed_here" });
  }

  #say(status, details) {
    this.status = status;
    this.#call("onStatus", status, details);
  }

  #call(name, ...given) {
    try {
      this.#options[name]?.(...given);
    } catch (error) {
      // A mistake in one callback must cost no message.
      (globalThis.reportError ?? console.error)(error);
    }
  }
}
