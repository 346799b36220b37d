import assert from "node:assert/strict";
import { test } from "node:test";
import { Cursor } from "../src/cursor.js";

test("after a snapshot, each message is received once and in order", () => {
  const cursor = new Cursor("challenges/1");
  cursor.open("snapshot", 5);
  assert.deepEqual([5, 5, 6, 8, 7, 8].map((seq) => cursor.receive(seq)), ["snapshot", "old", "live", "gap", "live", "live"]);
  assert.equal(cursor.lastSeq, 8);
});

test("cut before the snapshot, the cursor still asks for one", () => {
  const cursor = new Cursor("challenges/1");
  cursor.open("snapshot", 5);
  assert.equal(cursor.lastSeq, null);
});

test("missed messages are replayed, later ones are live", () => {
  const cursor = new Cursor("challenges/1", 2);
  cursor.open("resumed", 4);
  assert.deepEqual([3, 4, 5].map((seq) => cursor.receive(seq)), ["replay", "replay", "live"]);
});

test("a reset may move the cursor backwards", () => {
  const cursor = new Cursor("challenges/1", 40);
  cursor.open("reset", 6);
  assert.equal(cursor.receive(6), "snapshot");
  assert.equal(cursor.receive(7), "live");
});

test("a snapshot that was not asked for skips no message", () => {
  const cursor = new Cursor("challenges/1", 5);
  cursor.open("snapshot", 7);
  assert.equal(cursor.receive(7), "gap");
  assert.equal(cursor.lastSeq, 5);
});

test("notifications begin at their head, without a snapshot", () => {
  const cursor = new Cursor("notifications");
  cursor.open("snapshot", 9);
  assert.equal(cursor.lastSeq, 9);
  assert.equal(cursor.receive(10), "live");
});
