import assert from "node:assert/strict";
import { test } from "node:test";
import { Backoff } from "../src/timing/backoff.js";

test("delays are a random part of a bound that doubles up to the cap", () => {
  const longest = new Backoff({ base: 1000, cap: 30_000, random: () => 1 });
  assert.deepEqual(Array.from({ length: 7 }, () => longest.next()), [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
  const shortest = new Backoff({ base: 1000, cap: 30_000, random: () => 0 });
  assert.deepEqual([shortest.next(), shortest.next()], [0, 0]);
});

test("the delay is at least what the server asked for", () => {
  const backoff = new Backoff({ base: 1000, cap: 30_000, random: () => 0.5 });
  assert.equal(backoff.next(7000), 7500);
});

test("after a reset delays begin short again, and many failures do not overflow", () => {
  const backoff = new Backoff({ base: 1000, cap: 30_000, random: () => 1 });
  for (let round = 0; round < 2000; round += 1) assert.ok(backoff.next() <= 30_000);
  backoff.reset();
  assert.equal(backoff.next(), 1000);
});

test("clients that failed together retry at different moments", () => {
  const pauses = Array.from({ length: 1000 }, () => new Backoff({ base: 1000, cap: 30_000 }).next());
  for (let tenth = 0; tenth < 10; tenth += 1) {
    const count = pauses.filter((pause) => pause >= tenth * 100 && pause < (tenth + 1) * 100).length;
    assert.ok(count > 50, `only ${count} of 1000 in tenth ${tenth}`);
  }
});
