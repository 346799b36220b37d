// Counts what was checked of each claim of docs/protocol.md, and keeps what did not hold.

export const checks = {};
export const failures = [];

export function check(claim, holds, ...found) {
  checks[claim] = (checks[claim] ?? 0) + 1;
  if (!holds) failures.push(`${claim}: ${JSON.stringify(found)}`);
}

export function same(claim, found, expected) {
  check(claim, JSON.stringify(found) === JSON.stringify(expected), found, expected);
}

// A generator of chance that begins anew with each seed (mulberry32).
let state = 0;

export function seed(number) {
  state = number;
}

export function random(from, to) {
  state = (state + 0x6d2b79f5) | 0;
  let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return from + Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * (to - from));
}

export const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
