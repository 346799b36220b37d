import assert from "node:assert/strict";
import { test } from "node:test";

import { ServerClock, minutesAndSeconds, secondsLeft } from "../../qader_sse/static/app/duel/server-clock.js";

const NOON = Date.UTC(2030, 0, 1, 12);

/** A device whose clocks are moved by the test. Its wall clock is a day ahead of the server. */
function device() {
  const clocks = { ticks: 5000, wall: NOON + 86_400_000 };
  const clock = new ServerClock(() => clocks.ticks, () => clocks.wall);
  const pass = (ms) => {
    clocks.ticks += ms;
    clocks.wall += ms;
  };
  return { clocks, clock, pass };
}

test("the time is unknown before the first message of the server", () => {
  const { clock } = device();
  assert.equal(clock.isKnown, false);
});

test("it shows the server's time, however wrong the device's clock is", () => {
  const { clock, pass } = device();
  clock.reached(NOON);
  pass(1500);
  assert.equal(clock.now(), NOON + 1500);
});

test("a replayed message with an old time does not set the clock back", () => {
  const { clock, pass } = device();
  clock.reached(NOON);
  pass(1000);
  clock.reached(NOON - 60_000);
  assert.equal(clock.now(), NOON + 1000);
});

test("a fast answer counts more than a slow one", () => {
  const { clock, clocks, pass } = device();
  const slow = clocks.ticks;
  pass(4000);
  clock.measured(NOON, slow, clocks.ticks);
  const quick = clocks.ticks;
  pass(20);
  clock.measured(NOON + 3900, quick, clocks.ticks);
  assert.equal(clock.now(), NOON + 3910);
  clock.measured(NOON, clocks.ticks - 4000, clocks.ticks);
  assert.equal(clock.now(), NOON + 3910);
});

test("a message with a later time than estimated corrects the clock", () => {
  const { clock, clocks } = device();
  clock.measured(NOON, clocks.ticks - 10, clocks.ticks);
  clock.reached(NOON + 30_000);
  assert.equal(clock.now(), NOON + 30_000);
});

test("a jump between the clocks is reported once, and the next measurement counts", () => {
  const { clock, clocks, pass } = device();
  clock.measured(NOON, clocks.ticks, clocks.ticks);
  pass(10_000);
  assert.equal(clock.hasJumped(), false);
  clocks.wall += 3_600_000; // the device slept, and the monotonic clock stood still
  assert.equal(clock.hasJumped(), true);
  assert.equal(clock.hasJumped(), false);
  clock.measured(NOON + 3_610_000, clocks.ticks - 400, clocks.ticks);
  assert.equal(clock.now(), NOON + 3_610_200);
});

test("seconds are rounded up, and never below zero", () => {
  assert.equal(secondsLeft(NOON + 10_000, NOON), 10);
  assert.equal(secondsLeft(NOON + 10_000, NOON + 1), 10);
  assert.equal(secondsLeft(NOON + 10_000, NOON + 9_999), 1);
  assert.equal(secondsLeft(NOON + 10_000, NOON + 60_000), 0);
});

test("time is shown in minutes and seconds", () => {
  assert.deepEqual([300, 61, 9, 0].map(minutesAndSeconds), ["5:00", "1:01", "0:09", "0:00"]);
});
