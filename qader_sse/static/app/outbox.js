// Answers on their way. Each is sent until the server has said yes or no: the same answer twice
// is one answer.

export class Outbox {
  #waiting = new Map();
  #isDelivering = false;
  #wake = () => {};
  #isClosed = false;

  /**
   * `send(questionId, answer)` rejects with an error that says `isPassing` when trying again may
   * help; `pause(tried)` waits before that; `refused(error, questionId)` is told of a no, and
   * `changed()` when `isSending` or `isHeldUp` may answer otherwise.
   */
  constructor({ send, pause, refused, changed }) {
    Object.assign(this, { send, pause, refused, changed });
    this.isHeldUp = false;
  }

  put(questionId, answer) {
    if (this.#waiting.has(questionId)) return;
    this.#waiting.set(questionId, { ...answer, isDelivered: false });
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
        return this.#hold(false);
      } catch (error) {
        if (!error.isPassing) {
          this.#waiting.delete(questionId);
          this.#hold(false);
          return this.refused(error, questionId);
        }
      }
      this.#hold(true);
      await Promise.race([this.pause(tried), new Promise((wake) => (this.#wake = wake))]);
    }
  }

  #hold(isHeldUp) {
    this.isHeldUp = isHeldUp;
    this.changed();
  }
}
