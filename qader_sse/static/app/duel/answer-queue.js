// Sends a player's answers in order. Each is retried until the service accepts or refuses it, since
// the same answer twice counts once.

export class AnswerQueue {
  #answers = new Map(); // question id → {selected_answer, …, isDelivered}
  #isSending = false;
  #endDelay = () => {};
  #isClosed = false;

  /**
   * If `send(questionId, answer)` rejects with an error whose `isTemporary` is true, it is retried after
   * `retryDelay(attempts)`; any other error is a refusal. `save(answers)` is called with the answers not
   * yet delivered whenever they change; `saved` are those it got last, before the page was loaded again.
   */
  constructor({ send, retryDelay, saved = [], save = () => {} }) {
    Object.assign(this, { send, retryDelay, save });
    for (const [questionId, answer] of saved) this.#answers.set(questionId, { ...answer, isDelivered: false });
    queueMicrotask(() => this.#sendAll()); // the owner first sets the callbacks below
  }

  /** Whether the answer being sent has failed, and is retried. */
  isWaiting = false;
  /** Called with the error and the question's id when the service refuses an answer. */
  onRefused = () => {};
  /** Called when `choiceOf` or `isWaiting` may have changed. */
  onChange = () => {};

  add(questionId, answer) {
    if (this.#answers.has(questionId)) return;
    this.#answers.set(questionId, { ...answer, isDelivered: false });
    this.#save();
    this.onChange();
    this.#sendAll();
  }

  /** The option chosen for a question, unless none was, or it was refused. Once the stream has the answer, use that. */
  choiceOf(questionId) {
    return this.#answers.get(questionId)?.selected_answer;
  }

  /** End the delay before the next attempt: there is a connection again. */
  retryNow() {
    this.#endDelay();
  }

  close() {
    this.#isClosed = true;
    this.#endDelay();
  }

  async #sendAll() {
    if (this.#isSending) return;
    this.#isSending = true;
    for (let next; (next = this.#nextAnswer()); ) await this.#deliver(...next);
    this.#isSending = false;
  }

  #nextAnswer() {
    if (this.#isClosed) return undefined;
    return [...this.#answers].find(([, answer]) => !answer.isDelivered);
  }

  async #deliver(questionId, answer) {
    const { isDelivered, ...body } = answer;
    for (let attempts = 1; !this.#isClosed; attempts++) {
      try {
        await this.send(questionId, body);
        answer.isDelivered = true;
        this.#save();
        return this.#setWaiting(false);
      } catch (error) {
        if (!error.isTemporary) {
          this.#answers.delete(questionId);
          this.#save();
          this.#setWaiting(false);
          return this.onRefused(error, questionId);
        }
      }
      this.#setWaiting(true);
      await Promise.race([this.retryDelay(attempts), new Promise((end) => (this.#endDelay = end))]);
    }
  }

  #save() {
    const undelivered = [...this.#answers].filter(([, { isDelivered }]) => !isDelivered);
    this.save(undelivered.map(([questionId, { isDelivered, ...answer }]) => [questionId, answer]));
  }

  #setWaiting(isWaiting) {
    this.isWaiting = isWaiting;
    this.onChange();
  }
}
