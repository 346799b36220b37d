// The inspector's ledger: what it makes of raw frames, in particular of those that do not come.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Ledger } from "../../qader_sse/static/inspect/frame-analysis.js";

const NOW = performance.timeOrigin + performance.now();

const opened = (mode, after, head) => said("stream", { state: "open", mode, after, head });
const said = (event, content, id = "") => ({ id, event, data: JSON.stringify(content), comment: null, at: NOW, bytes: 10 });
const message = (id, payload = {}) => said("message", { type: "answer.result", payload }, String(id));
const kinds = (rows) => rows.map(({ kind }) => kind);

test("ids that follow each other are frames and nothing else", () => {
  const ledger = new Ledger();
  ledger.frame(opened("snapshot", 4, 4));
  assert.deepEqual([4, 5, 6].flatMap((id) => kinds(ledger.frame(message(id)))), ["frame", "frame", "frame"]);
  assert.deepEqual([ledger.totals.last_id, ledger.totals.gaps, ledger.totals.repeats], [6, 0, 0]);
});

test("what is missing is told with its ids, and counted", () => {
  const ledger = new Ledger();
  ledger.frame(opened("resumed", 6, 9));
  const [gap, frame] = ledger.frame(message(9));
  assert.deepEqual(gap, { kind: "missing", first: 7, last: 8 });
  assert.equal(frame.kind, "frame");
  assert.equal(ledger.totals.gaps, 2);
});

test("what comes again is told, and what follows is still expected", () => {
  const ledger = new Ledger();
  ledger.frame(opened("resumed", 6, 8));
  ledger.frame(message(7));
  assert.deepEqual(kinds(ledger.frame(message(7))), ["repeated", "frame"]);
  assert.deepEqual(kinds(ledger.frame(message(8))), ["frame"]);
  assert.deepEqual([ledger.totals.gaps, ledger.totals.repeats], [0, 1]);
});

test("a new snapshot may be anywhere", () => {
  const ledger = new Ledger();
  ledger.frame(opened("resumed", 6, 8));
  ledger.frame(message(7));
  ledger.frame(opened("reset", 40, 40));
  assert.deepEqual(kinds(ledger.frame(message(40))), ["frame"]);
  assert.equal(ledger.totals.gaps, 0);
});

test("delay is told only where the message has the server's time", () => {
  const ledger = new Ledger();
  const sent = new Date(NOW - 120).toISOString();
  assert.ok(Math.abs(ledger.frame(message(1, { server_time: sent }))[0].delayMs - 120) < 2);
  assert.equal(ledger.frame(message(2))[0].delayMs, undefined);
});

test("a connection that is lost and comes back is told once each, with why and where", () => {
  const ledger = new Ledger();
  assert.deepEqual(ledger.status("connecting", {}), []);
  assert.deepEqual(ledger.status("open", {}), []);
  ledger.frame(opened("snapshot", 3, 3));
  ledger.frame(message(3));
  assert.deepEqual(ledger.status("error", { reason: "http_error", status: 502 }), [
    { kind: "lost", reason: "http_error 502" },
  ]);
  assert.deepEqual(ledger.status("connecting", {}), []);
  const [back] = ledger.status("open", {});
  assert.deepEqual([back.kind, back.id, back.awayMs >= 0], ["back", 3, true]);
  assert.equal(ledger.totals.reconnects, 1);
});
