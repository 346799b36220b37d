/**
 * Whom a connection belongs to: the first person that an answer was for. The browser sends the
 * cookie it has by now, and a place in a log is worth nothing in another one's.
 */
export class Viewer {
  #id = null;

  get id() {
    return this.#id;
  }

  /** Whether this answer is for somebody else. A service that does not say whose it is, is believed. */
  isNotMeantBy(response) {
    const id = response.headers.get("viewer-id");
    if (id !== null) this.#id ??= id;
    return id !== null && id !== this.#id;
  }
}
