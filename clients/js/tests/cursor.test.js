import assert from "node:assert/strict";
import { test } from "node:test";
import { Place } from "../src/cursor.js";

test("after a snapshot, each number is taken once and in order", () => {
  const place = new Place("challenges/1");
  place.open("snapshot", 5);
  assert.deepEqual([5, 5, 6, 8, 7, 8].map((number) => place.judge(number)), ["snapshot", "old", "live", "hole", "live", "live"]);
  assert.equal(place.cursor, 8);
});

test("cut between the opening and its snapshot, one comes back for it", () => {
  const place = new Place("challenges/1");
  place.open("snapshot", 5);
  assert.equal(place.cursor, null);
});

test("what was missed is told from what happens now", () => {
  const place = new Place("challenges/1", 2);
  place.open("resumed", 4);
  assert.deepEqual([3, 4, 5].map((number) => place.judge(number)), ["replay", "replay", "live"]);
});

test("a reset moves backwards too", () => {
  const place = new Place("challenges/1", 40);
  place.open("reset", 6);
  assert.equal(place.judge(6), "snapshot");
  assert.equal(place.judge(7), "live");
});

test("a second snapshot leaves no message out", () => {
  const place = new Place("challenges/1", 5);
  place.open("snapshot", 7);
  assert.equal(place.judge(7), "hole");
  assert.equal(place.cursor, 5);
});

test("notifications begin at their head", () => {
  const place = new Place("notifications");
  place.open("snapshot", 9);
  assert.equal(place.cursor, 9);
  assert.equal(place.judge(10), "live");
});
