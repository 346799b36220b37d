// The inspector's analysis of raw frames, in particular of missing and repeated ones.

import assert from "node:assert/strict";
import { test } from "node:test";

import { FrameAnalysis } from "../../qader_sse/static/inspect/frame-analysis.js";

const NOW = performance.timeOrigin + performance.now();

const opened = (mode, after, head, id) => frame("stream", { state: "open", mode, after, head }, id);
const frame = (event, content, id = "") => ({ id, event, data: JSON.stringify(content), comment: null, at: NOW, bytes: 10 });
const message = (id, payload = {}) => frame("message", { type: "answer.result", payload }, String(id));
const kinds = (rows) => rows.map(({ kind }) => kind);

test("consecutive ids add one row for each frame", () => {
  const analysis = new FrameAnalysis();
  analysis.addFrame(opened("snapshot", 4, 4));
  assert.deepEqual([4, 5, 6].flatMap((id) => kinds(analysis.addFrame(message(id)))), ["frame", "frame", "frame"]);
  assert.deepEqual([analysis.totals.last_id, analysis.totals.gaps, analysis.totals.repeats], [6, 0, 0]);
});

test("missing ids are listed and counted", () => {
  const analysis = new FrameAnalysis();
  analysis.addFrame(opened("resumed", 6, 9));
  const [gap, frame] = analysis.addFrame(message(9));
  assert.deepEqual(gap, { kind: "missing", first: 7, last: 8 });
  assert.equal(frame.kind, "frame");
  assert.equal(analysis.totals.gaps, 2);
});

test("a repeated id is listed, and does not change which id is expected next", () => {
  const analysis = new FrameAnalysis();
  analysis.addFrame(opened("resumed", 6, 8));
  analysis.addFrame(message(7));
  assert.deepEqual(kinds(analysis.addFrame(message(7))), ["repeated", "frame"]);
  assert.deepEqual(kinds(analysis.addFrame(message(8))), ["frame"]);
  assert.deepEqual([analysis.totals.gaps, analysis.totals.repeats], [0, 1]);
});

test("a stream without messages shows the cursor that came with its opening", () => {
  const analysis = new FrameAnalysis();
  analysis.addFrame(opened("snapshot", 4, 4, "4"));
  assert.equal(analysis.totals.last_id, 4);
});

test("a snapshot may have any id", () => {
  const analysis = new FrameAnalysis();
  analysis.addFrame(opened("resumed", 6, 8));
  analysis.addFrame(message(7));
  analysis.addFrame(opened("reset", 40, 40));
  assert.deepEqual(kinds(analysis.addFrame(message(40))), ["frame"]);
  assert.equal(analysis.totals.gaps, 0);
});

test("only messages with the server's time have a delay", () => {
  const analysis = new FrameAnalysis();
  const sent = new Date(NOW - 120).toISOString();
  assert.ok(Math.abs(analysis.addFrame(message(1, { server_time: sent }))[0].delayMs - 120) < 2);
  assert.equal(analysis.addFrame(message(2))[0].delayMs, undefined);
});

test("a lost connection and its return are listed once each, with the reason and the last id", () => {
  const analysis = new FrameAnalysis();
  assert.deepEqual(analysis.setStatus("connecting", {}), []);
  assert.deepEqual(analysis.setStatus("open", {}), []);
  analysis.addFrame(opened("snapshot", 3, 3));
  analysis.addFrame(message(3));
  assert.deepEqual(analysis.setStatus("error", { reason: "http_error", status: 502 }), [
    { kind: "lost", reason: "http_error 502" },
  ]);
  assert.deepEqual(analysis.setStatus("connecting", {}), []);
  const [back] = analysis.setStatus("open", {});
  assert.deepEqual([back.kind, back.id, back.awayMs >= 0], ["back", 3, true]);
  assert.equal(analysis.totals.reconnects, 1);
});
