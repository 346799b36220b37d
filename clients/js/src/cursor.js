/** Where a reader is in a topic, whose messages are numbered without holes. */
export class Place {
  #head = 0;
  #isAnew = false;

  constructor(topic, cursor = null) {
    this.topic = topic;
    this.cursor = cursor;
  }

  /** Take note of how a stream begins: `resumed` behind us, or anew. */
  open(mode, head) {
    this.#head = head;
    this.#isAnew = mode === "reset" || (mode === "snapshot" && this.cursor === null);
    if (this.#isAnew && this.topic === "notifications") {
      this.#isAnew = false; // these have no snapshot: one goes on at the head
      this.cursor = head;
    }
  }

  /** Judge the message of this number, and move behind it unless it is `old` or behind a `hole`. */
  judge(number) {
    if (this.#isAnew) {
      this.#isAnew = false;
      this.cursor = number;
      return "snapshot";
    }
    if (this.cursor !== null && number <= this.cursor) return "old";
    if (this.cursor !== null && number > this.cursor + 1) return "hole";
    this.cursor = number;
    return number <= this.#head ? "replay" : "live";
  }
}
