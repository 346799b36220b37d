const MOST_MISSED_CALLS = 3;

/** Notices that tabs are gone: each tab holds a lock while it lives, and the leader gets it when the tab is gone. */
export class LockPresence {
  #locks;
  #waiting = new Map(); // tab → AbortController
  #onGone;

  constructor(locks, onGone) {
    this.#locks = locks;
    this.#onGone = onGone;
  }

  heard(tab) {
    if (this.#waiting.has(tab)) return;
    const waiting = new AbortController();
    this.#waiting.set(tab, waiting);
    const options = { signal: waiting.signal };
    this.#locks.request(tab, options, () => this.#waiting.delete(tab) && this.#onGone(tab)).catch(() => {});
  }

  forget(tab) {
    this.#waiting.get(tab)?.abort();
    this.#waiting.delete(tab);
  }

  stop() {
    for (const tab of [...this.#waiting.keys()]) this.forget(tab);
  }
}

/**
 * Notices that tabs are gone where there are no locks: tabs answer a roll call by subscribing again, and
 * one that has answered none of three when the fourth is due is gone. Calls are counted, not time, since
 * the timers of a hidden page are slow.
 */
export class RollCallPresence {
  #missed = new Map(); // tab → calls it has not answered
  #ticker;

  constructor(milliseconds, onCall, onGone) {
    this.#ticker = setInterval(() => {
      for (const [tab, missed] of [...this.#missed]) {
        this.#missed.set(tab, missed + 1);
        if (missed < MOST_MISSED_CALLS) continue;
        this.forget(tab);
        onGone(tab);
      }
      onCall();
    }, milliseconds);
  }

  heard(tab) {
    this.#missed.set(tab, 0);
  }

  forget(tab) {
    this.#missed.delete(tab);
  }

  stop() {
    clearInterval(this.#ticker);
  }
}
