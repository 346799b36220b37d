// Answers on their way. Each is sent until the server has said yes or no: the same answer twice
// is one answer.

export class Outbox {
  #waiting = new Map();
  #isDelivering = false;
  #wake = () => {};
  #isClosed = false;

  /**
   * `send(questionId, answer)` rejects with an error that says `isPassing` when trying again may
   * help; `pause(tried)` waits before that. `keep(answers)` is given what has not arrived, each time
   * that is something else, and `kept` is what it was given last, in another life of the page.
   */
  constructor({ send, pause, kept = [], keep = () => {} }) {
    Object.assign(this, { send, pause, keep });
    for (const [questionId, answer] of kept) this.#waiting.set(questionId, { ...answer, isDelivered: false });
    queueMicrotask(() => this.#deliver()); // its owner is told nothing before it has us
  }

  isHeldUp = false;
  /** Called with a no, and the question's id. */
  refused = () => {};
  /** Called when `choiceOf` or `isHeldUp` may answer otherwise. */
  changed = () => {};

  put(questionId, answer) {
    if (this.#waiting.has(questionId)) return;
    this.#waiting.set(questionId, { ...answer, isDelivered: false });
    this.#keep();
    this.changed();
    this.#deliver();
  }

  /** What was answered, until the server has refused it; once the stream tells, that counts. */
  choiceOf(questionId) {
    return this.#waiting.get(questionId)?.selected_answer;
  }

  /** There is a connection again: do not wait any longer. */
  hurry() {
    this.#wake();
  }

  close() {
    this.#isClosed = true;
    this.#wake();
  }

  async #deliver() {
    if (this.#isDelivering) return;
    this.#isDelivering = true;
    for (let next; (next = this.#next()); ) await this.#deliverOne(...next);
    this.#isDelivering = false;
  }

  #next() {
    if (this.#isClosed) return undefined;
    return [...this.#waiting].find(([, answer]) => !answer.isDelivered);
  }

  async #deliverOne(questionId, answer) {
    const { isDelivered, ...body } = answer;
    for (let tried = 1; !this.#isClosed; tried++) {
      try {
        await this.send(questionId, body);
        answer.isDelivered = true;
        this.#keep();
        return this.#hold(false);
      } catch (error) {
        if (!error.isPassing) {
          this.#waiting.delete(questionId);
          this.#keep();
          this.#hold(false);
          return this.refused(error, questionId);
        }
      }
      this.#hold(true);
      await Promise.race([this.pause(tried), new Promise((wake) => (this.#wake = wake))]);
    }
  }

  #keep() {
    const waiting = [...this.#waiting].filter(([, { isDelivered }]) => !isDelivered);
    this.keep(waiting.map(([questionId, { isDelivered, ...answer }]) => [questionId, answer]));
  }

  #hold(isHeldUp) {
    this.isHeldUp = isHeldUp;
    this.changed();
  }
}
