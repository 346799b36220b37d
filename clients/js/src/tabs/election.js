/**
 * Leads when nobody else does. The lock passes on by itself when its holder's page goes away; from
 * a page that stands still it can be taken.
 */
export class Candidate {
  #locks;
  #name;
  #office;
  #leave = () => {};

  /** `office` has `take` (lead from now on), `lose` (do not) and `fail` (there are no locks here). */
  constructor(locks, name, office) {
    this.#locks = locks;
    this.#name = name;
    this.#office = office;
    this.#stand();
  }

  takeOver() {
    this.#leave();
    this.#stand({ steal: true });
  }

  resign() {
    this.#leave();
    this.#leave = () => {};
  }

  async #stand(manner) {
    const waiting = new AbortController();
    const mine = { isOver: false, hasTaken: false, end: () => {} };
    this.#leave = () => {
      mine.isOver = true;
      waiting.abort();
      mine.end();
    };
    try {
      await this.#locks.request(this.#name, manner ?? { signal: waiting.signal }, () => {
        if (mine.isOver) return undefined;
        mine.hasTaken = true;
        this.#office.take();
        return new Promise((resolve) => (mine.end = resolve));
      });
    } catch (error) {
      if (error.name !== "AbortError") return this.#office.fail(error);
    }
    if (mine.hasTaken) this.#office.lose();
    if (!mine.isOver) this.#stand(); // somebody took over
  }
}
