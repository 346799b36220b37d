import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { Base } from "../src/address.js";
import { Member } from "../src/tabs/follower.js";
import { Place } from "../src/cursor.js";
import { TIMINGS } from "../src/timings.js";
import { until } from "./support/until.js";

const BASE = new Base("http://localhost");
const TOPIC = "challenges/7";

async function memberAt(cursor) {
  const said = { posted: [], messages: [] };
  const listener = {
    message: (topic, { number, mode }) => said.messages.push([number, mode]),
    status: () => {},
    refusal: (topic, { reason }) => (said.refusal = reason),
  };
  const joined = new Promise((resolve) => {
    const share = { join: resolve, post: (message) => said.posted.push(message), leave: () => {} };
    const page = JSON.stringify({ events: [], head: cursor, reset: false });
    const fetch = async () => new Response(page, { headers: { "Content-Type": "application/json" } });
    said.member = new Member(BASE, new Place(TOPIC, cursor), { fetch, timings: TIMINGS }, listener, () => share);
  });
  (await joined).follow();
  return said;
}

const message = (number) => ({ kind: "message", topic: TOPIC, number, message: {} });
const wants = ({ posted }) => posted.filter(({ kind }) => kind === "want").map(({ cursor }) => cursor);

test("at a hole a tab asks the leader once, from where it is, and drops what it has", async () => {
  const said = await memberAt(5);
  said.member.hear({ kind: "missed", topic: TOPIC, missed: [], head: 5, isOpen: true });
  for (const number of [6, 8, 9]) said.member.hear(message(number));
  assert.deepEqual(wants(said), [5, 6]);
  const missed = [7, 8, 9].map((number) => ({ number, message: {} }));
  said.member.hear({ kind: "missed", topic: TOPIC, missed, head: 9, isOpen: true });
  for (const number of [9, 10]) said.member.hear(message(number));
  assert.deepEqual(said.messages, [[6, "live"], [7, "replay"], [8, "replay"], [9, "replay"], [10, "live"]]);
});

test("a new leader is told where one is", async () => {
  const said = await memberAt(5);
  said.member.hear(message(6));
  said.member.hear({ kind: "lead" });
  assert.deepEqual(wants(said), [5, 6]);
});

test("a topic that is over for the leader is not over for a tab that is behind", async () => {
  const said = await memberAt(5);
  said.member.hear({ kind: "refusal", topic: TOPIC, end: { reason: "over", cursor: 7 } });
  assert.deepEqual(wants(said), [5, 5]);
  assert.equal(said.refusal, undefined);
  for (const number of [6, 7]) said.member.hear(message(number));
  said.member.hear({ kind: "refusal", topic: TOPIC, end: { reason: "over", cursor: 7 } });
  assert.equal(said.refusal, "over");
});

test("what is closed before its first look is answered does not wait for it", async () => {
  let asked = null;
  const fetch = (url, { signal }) => {
    asked = signal;
    return new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Error("aborted"))));
  };
  const said = [];
  const listener = { status: (status) => said.push(status), refusal: () => said.push("refusal") };
  const options = { fetch, timings: TIMINGS };
  const member = new Member(BASE, new Place(TOPIC), options, listener, assert.fail);
  await until(() => asked, "the look");
  member.stop();
  assert.ok(asked.aborted);
  await wait(50);
  assert.deepEqual(said, ["connecting"]);
});

test("a first look that is answered with something else is taken again", async () => {
  const foreign = [{}, null];
  const own = { events: [{ id: 5, type: "challenge.update", payload: {} }], head: 5, reset: true };
  const fetch = async () => Response.json(foreign.length ? foreign.shift() : own);
  const said = { reasons: [], messages: [] };
  const listener = {
    message: (topic, { number, mode }) => said.messages.push([number, mode]),
    status: (status, { reason }) => reason && said.reasons.push(reason),
    refusal: assert.fail,
  };
  const options = { fetch, timings: { ...TIMINGS, retryMs: 10, retryCapMs: 20 } };
  await new Promise((join) => new Member(BASE, new Place(TOPIC), options, listener, () => ({ join })));
  assert.deepEqual(said, { reasons: ["not_ours", "not_ours"], messages: [[5, "snapshot"]] });
});
