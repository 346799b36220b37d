/**
 * One tab's candidacy for leader. The tab that holds a lock leads: the browser passes the lock on when
 * that tab resigns or its page closes, and `takeOver` takes it from a leader that is frozen.
 */
export class LockCandidate {
  #locks;
  #name;
  #callbacks;
  #withdraw = () => {};

  /** `callbacks` are `onElected`, `onDemoted`, and `onUnavailable(error)` if the browser refuses locks. */
  constructor(locks, name, callbacks) {
    this.#locks = locks;
    this.#name = name;
    this.#callbacks = callbacks;
    this.#requestLock();
  }

  takeOver() {
    this.#withdraw();
    this.#requestLock({ steal: true });
  }

  resign() {
    this.#withdraw();
    this.#withdraw = () => {};
  }

  async #requestLock(mode) {
    const waiting = new AbortController();
    const term = { isWithdrawn: false, wasElected: false, end: () => {} };
    this.#withdraw = () => {
      term.isWithdrawn = true;
      waiting.abort();
      term.end();
    };
    try {
      await this.#locks.request(this.#name, mode ?? { signal: waiting.signal }, () => {
        if (term.isWithdrawn) return undefined;
        term.wasElected = true;
        this.#callbacks.onElected();
        return new Promise((resolve) => (term.end = resolve));
      });
    } catch (error) {
      if (error.name !== "AbortError") return this.#callbacks.onUnavailable(error);
    }
    if (term.wasElected) this.#callbacks.onDemoted();
    if (!term.isWithdrawn) this.#requestLock(); // another tab took over: be a candidate again
  }
}
