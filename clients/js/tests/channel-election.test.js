import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { ChannelCandidate } from "../src/tabs/channel-election.js";
import { until } from "./support/until.js";

const candidates = [];
let count = 0;
let name;

afterEach(() => {
  for (const { candidate } of candidates.splice(0)) candidate.resign();
});

function enter() {
  const entry = { isLeading: false, terms: 0 };
  entry.candidate = new ChannelCandidate(name, {
    onElected: () => Object.assign(entry, { isLeading: true, terms: entry.terms + 1 }),
    onDemoted: () => (entry.isLeading = false),
  });
  candidates.push(entry);
  return entry;
}

function election(title, run) {
  test(title, () => {
    name = `election ${(count += 1)}`;
    return run();
  });
}

const leaders = () => candidates.filter(({ isLeading }) => isLeading);
const untilOneLeads = async () => {
  await until(() => leaders().length > 0, "a leader");
  await wait(50);
  assert.equal(leaders().length, 1);
  return leaders()[0];
};

election("of eight tabs that open at the same moment one leads", async () => {
  for (let tab = 0; tab < 8; tab += 1) enter();
  await untilOneLeads();
});

election("tabs that come later leave the leader where it is", async () => {
  const first = enter();
  await untilOneLeads();
  for (let tab = 0; tab < 3; tab += 1) enter();
  await wait(3500); // beyond the silence after which they ask
  assert.deepEqual(leaders(), [first]);
  assert.equal(first.terms, 1);
});

election("when a leader resigns, another one leads at once", async () => {
  for (let tab = 0; tab < 5; tab += 1) enter();
  const first = await untilOneLeads();
  candidates.splice(candidates.indexOf(first), 1);
  first.candidate.resign();
  assert.equal(first.isLeading, false);
  await until(() => leaders().length > 0, "its successor", 500);
  await untilOneLeads();
});

election("a leader gives way to one that has taken over, and leads again if that one resigns", async () => {
  const first = enter();
  await untilOneLeads();
  const second = enter();
  await wait(50);
  second.candidate.takeOver();
  await until(() => !first.isLeading, "the first to give way");
  assert.deepEqual(leaders(), [second]);
  candidates.splice(candidates.indexOf(second), 1);
  second.candidate.resign();
  await until(() => first.isLeading, "the first to lead again", 500);
});

election("of tabs that all take over at the same moment one leads", async () => {
  for (let tab = 0; tab < 5; tab += 1) enter();
  await untilOneLeads();
  for (const { candidate } of candidates) candidate.takeOver();
  assert.equal(leaders().length, 5);
  await until(() => leaders().length === 1, "one leader");
  await untilOneLeads();
});

election("of two that claim the same term, the one that seems to be earlier leads", async () => {
  const first = enter();
  await untilOneLeads();
  const { timeOrigin } = performance;
  Object.defineProperty(performance, "timeOrigin", { value: timeOrigin - 3_600_000, configurable: true });
  const second = enter();
  second.candidate.takeOver(); // before it has heard of the first
  Object.defineProperty(performance, "timeOrigin", { value: timeOrigin, configurable: true });
  await until(() => leaders().length === 1, "one leader");
  assert.deepEqual(leaders(), [second]);
  assert.equal(first.isLeading, false);
});
