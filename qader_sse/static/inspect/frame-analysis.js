// What the inspector makes of raw frames: which ids are missing or came twice, how late a message
// was, how long a connection was away. No document here.

export class Ledger {
  totals = { frames: 0, bytes: 0, heartbeats: 0, gaps: 0, repeats: 0, reconnects: 0, last_id: undefined };
  #next; // the id that follows, where that is known
  #status;
  #since; // when the connection that is open opened, or the one that is made was begun
  #lostAt;

  /** Return the rows a frame makes, oldest first. */
  frame({ id, event, data, comment, at, bytes }) {
    const totals = this.totals;
    const row = { kind: "frame", sinceMs: at - this.#since, bytes };
    totals.bytes += bytes;
    if (comment !== null) {
      totals.heartbeats += 1;
      return [{ ...row, kind: "heartbeat" }];
    }
    totals.frames += 1;
    if (data === null) {
      totals.last_id = Number(id); // where a quiet stream begins
      return [{ ...row, id, name: "id", data: "" }];
    }
    const content = JSON.parse(data);
    if (event === "stream") {
      if (content.state === "open") this.#opened(content);
      return [{ ...row, name: `stream ${content.state}`, data: content }];
    }
    return [...this.#look(Number(id)), { ...row, id, name: content.type, data: content, delayMs: delay(content, at) }];
  }

  /** Return the rows a change of the connection makes. */
  status(status, { reason, status: http }) {
    const before = this.#status;
    this.#status = status;
    if (status === before) return []; // it only tells how long nothing came
    const now = performance.timeOrigin + performance.now(); // the clock of `at`, which nobody sets
    if (status === "open") {
      this.#since = now;
      if (this.#lostAt === undefined) return [];
      this.totals.reconnects += 1;
      const awayMs = now - this.#lostAt;
      this.#lostAt = undefined;
      return [{ kind: "back", awayMs, id: this.totals.last_id }];
    }
    if (status === "connecting") this.#since = now;
    if (before !== "open" && before !== "closing") return [];
    if (status === "closing") return []; // still there, to the last word
    this.#lostAt = now;
    return [{ kind: "lost", reason: [reason, http].filter(Boolean).join(" ") || status }];
  }

  #opened({ mode, after }) {
    // A snapshot may be anywhere; what is resumed goes on exactly there.
    this.#next = mode === "resumed" ? after + 1 : undefined;
  }

  #look(id) {
    const expected = this.#next ?? id;
    this.#next = Math.max(id, expected - 1) + 1;
    this.totals.last_id = this.#next - 1;
    if (id < expected) {
      this.totals.repeats += 1;
      return [{ kind: "repeated", id }];
    }
    this.totals.gaps += id - expected;
    return id === expected ? [] : [{ kind: "missing", first: expected, last: id - 1 }];
  }
}

function delay(content, at) {
  const sentAt = Date.parse(content.payload.server_time);
  return Number.isNaN(sentAt) ? undefined : at - sentAt;
}
