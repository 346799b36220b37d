// Analyses raw frames for the inspector: missing and repeated ids, the delay of each message, and
// how long the connection was lost. Pure: no document here.

export class FrameAnalysis {
  totals = { frames: 0, bytes: 0, heartbeats: 0, gaps: 0, repeats: 0, reconnects: 0, last_id: undefined };
  #nextId; // undefined where any id may follow
  #status;
  #connectingSince; // when the current connection opened, or began to connect
  #lostAt;

  /** Return the rows that a frame adds to the table, oldest first. */
  addFrame({ id, event, data, comment, at, bytes }) {
    const totals = this.totals;
    const row = { kind: "frame", sinceMs: at - this.#connectingSince, bytes };
    totals.bytes += bytes;
    if (comment !== null) {
      totals.heartbeats += 1;
      return [{ ...row, kind: "heartbeat" }];
    }
    totals.frames += 1;
    const content = JSON.parse(data);
    if (event === "stream") {
      if (id !== "") totals.last_id = Number(id); // the cursor of a stream without messages yet
      if (content.state === "open") this.#opened(content);
      return [{ ...row, name: `stream ${content.state}`, data: content }];
    }
    return [...this.#checkId(Number(id)), { ...row, id, name: content.type, data: content, delayMs: delay(content, at) }];
  }

  /** Return the rows that a status of the connection adds to the table. */
  setStatus(status, { reason, status: http }) {
    const before = this.#status;
    this.#status = status;
    if (status === before) return []; // only its details have changed, such as `staleForSeconds`
    const now = performance.timeOrigin + performance.now(); // the monotonic clock that `at` is from
    if (status === "open") {
      this.#connectingSince = now;
      if (this.#lostAt === undefined) return [];
      this.totals.reconnects += 1;
      const awayMs = now - this.#lostAt;
      this.#lostAt = undefined;
      return [{ kind: "back", awayMs, id: this.totals.last_id }];
    }
    if (status === "connecting") this.#connectingSince = now;
    if (before !== "open" && before !== "closing") return [];
    if (status === "closing") return []; // not lost yet: last frames may follow
    this.#lostAt = now;
    return [{ kind: "lost", reason: [reason, http].filter(Boolean).join(" ") || status }];
  }

  #opened({ mode, after }) {
    // A snapshot may have any id, while a resumed stream continues exactly behind the cursor.
    this.#nextId = mode === "resumed" ? after + 1 : undefined;
  }

  #checkId(id) {
    const expected = this.#nextId ?? id;
    this.#nextId = Math.max(id, expected - 1) + 1;
    this.totals.last_id = this.#nextId - 1;
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
