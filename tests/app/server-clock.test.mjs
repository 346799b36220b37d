import assert from "node:assert/strict";
import { test } from "node:test";

import { ServerClock, minutesAndSeconds, secondsLeft } from "../../qader_sse/static/app/duel/server-clock.js";

const NOON = Date.UTC(2030, 0, 1, 12);

/** A device whose two clocks the test moves on; its wall clock is a day ahead of the server. */
function device() {
  const clocks = { ticks: 5000, wall: NOON + 86_400_000 };
  const clock = new ServerClock(() => clocks.ticks, () => clocks.wall);
  const pass = (ms) => {
    clocks.ticks += ms;
    clocks.wall += ms;
  };
  return { clocks, clock, pass };
}

test("nothing is known before the server has said something", () => {
  const { clock } = device();
  assert.equal(clock.isKnown, false);
});

test("it is the server's time, whatever the device's clock says", () => {
  const { clock, pass } = device();
  clock.arrived(NOON);
  pass(1500);
  assert.equal(clock.now(), NOON + 1500);
});

test("a message that is replayed with the time of then does not turn it back", () => {
  const { clock, pass } = device();
  clock.arrived(NOON);
  pass(1000);
  clock.arrived(NOON - 60_000);
  assert.equal(clock.now(), NOON + 1000);
});

test("an answer that came quickly counts more than one that took its time", () => {
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

test("a message from later than thought corrects it", () => {
  const { clock, clocks } = device();
  clock.measured(NOON, clocks.ticks - 10, clocks.ticks);
  clock.arrived(NOON + 30_000);
  assert.equal(clock.now(), NOON + 30_000);
});

test("sleep, and a clock that is set, are noticed once, and then one measures anew", () => {
  const { clock, clocks, pass } = device();
  clock.measured(NOON, clocks.ticks, clocks.ticks);
  pass(10_000);
  assert.equal(clock.hasJumped(), false);
  clocks.wall += 3_600_000; // asleep: the ticks stood still
  assert.equal(clock.hasJumped(), true);
  assert.equal(clock.hasJumped(), false);
  clock.measured(NOON + 3_610_000, clocks.ticks - 400, clocks.ticks);
  assert.equal(clock.now(), NOON + 3_610_200);
});

test("a second that has begun counts, and time never runs below zero", () => {
  assert.equal(secondsLeft(NOON + 10_000, NOON), 10);
  assert.equal(secondsLeft(NOON + 10_000, NOON + 1), 10);
  assert.equal(secondsLeft(NOON + 10_000, NOON + 9_999), 1);
  assert.equal(secondsLeft(NOON + 10_000, NOON + 60_000), 0);
});

test("time is shown in minutes and seconds", () => {
  assert.deepEqual([300, 61, 9, 0].map(minutesAndSeconds), ["5:00", "1:01", "0:09", "0:00"]);
});
