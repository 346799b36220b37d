/**
 * The user a connection belongs to: the one named by the first answer with a `Viewer-Id`. Browsers
 * send whatever session cookie they have now, so a later answer may be for another user, in whose
 * topics our cursors mean nothing.
 */
export class Viewer {
  #id = null;

  get id() {
    return this.#id;
  }

  /** Whether this answer names another user. An answer without `Viewer-Id` is accepted. */
  isForSomeoneElse(response) {
    const id = response.headers.get("viewer-id");
    if (id !== null) this.#id ??= id;
    return id !== null && id !== this.#id;
  }
}
