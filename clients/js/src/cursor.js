/**
 * The last sequence number received in one topic. A topic's numbers have no gaps, so the cursor
 * also shows which messages are old and where some are missing.
 */
export class Cursor {
  #head = 0;
  #isSnapshotNext = false;

  /** `lastSeq` is the number to continue behind, or null to begin with a snapshot. */
  constructor(topic, lastSeq = null) {
    this.topic = topic;
    this.lastSeq = lastSeq;
  }

  /**
   * Note how a stream or page begins. With the mode `resumed` it continues behind the cursor. With
   * `reset`, or with `snapshot` while the cursor is null, its first message is a snapshot, which sets
   * the cursor. Messages up to `head` are replayed, later ones are live.
   */
  open(mode, head) {
    this.#head = head;
    this.#isSnapshotNext = mode === "reset" || (mode === "snapshot" && this.lastSeq === null);
    if (this.#isSnapshotNext && this.topic === "notifications") {
      this.#isSnapshotNext = false; // notifications have no snapshot: they continue at the head
      this.lastSeq = head;
    }
  }

  /**
   * Move to this message and return how it came: `snapshot`, `replay` or `live`. A message that is
   * `old`, or that follows a `gap`, does not move the cursor and must not be delivered.
   */
  receive(seq) {
    if (this.#isSnapshotNext) {
      this.#isSnapshotNext = false;
      this.lastSeq = seq;
      return "snapshot";
    }
    if (this.lastSeq !== null && seq <= this.lastSeq) return "old";
    if (this.lastSeq !== null && seq > this.lastSeq + 1) return "gap";
    this.lastSeq = seq;
    return seq <= this.#head ? "replay" : "live";
  }
}
