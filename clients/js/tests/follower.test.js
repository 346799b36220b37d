import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { ServiceUrls } from "../src/address.js";
import { Follower } from "../src/tabs/follower.js";
import { Cursor } from "../src/cursor.js";
import { TIMINGS } from "../src/timings.js";
import { until } from "./support/until.js";

const URLS = new ServiceUrls("http://localhost");
const TOPIC = "challenges/7";

async function followerAt(cursor) {
  const log = { sent: [], messages: [] };
  const listener = {
    onMessage: (topic, { seq, mode }) => log.messages.push([seq, mode]),
    onStatus: () => {},
    onRefused: (topic, { reason }) => (log.refusal = reason),
  };
  const joined = new Promise((resolve) => {
    const group = { add: resolve, sendToLeader: (message) => log.sent.push(message), remove: () => {} };
    const page = JSON.stringify({ events: [], head: cursor, reset: false });
    const fetch = async () => new Response(page, { headers: { "Content-Type": "application/json" } });
    log.follower = new Follower(URLS, new Cursor(TOPIC, cursor), { fetch, timings: TIMINGS }, listener, () => group);
  });
  (await joined).start();
  return log;
}

const message = (seq) => ({ kind: "message", topic: TOPIC, seq, message: {} });
const subscribedAt = ({ sent }) => sent.filter(({ kind }) => kind === "subscribe").map(({ lastSeq }) => lastSeq);

test("at a gap a tab subscribes again at its cursor, once, and drops repeated messages", async () => {
  const log = await followerAt(5);
  log.follower.receive({ kind: "replay", topic: TOPIC, messages: [], head: 5, isOpen: true });
  for (const seq of [6, 8, 9]) log.follower.receive(message(seq));
  assert.deepEqual(subscribedAt(log), [5, 6]);
  const messages = [7, 8, 9].map((seq) => ({ seq, message: {} }));
  log.follower.receive({ kind: "replay", topic: TOPIC, messages, head: 9, isOpen: true });
  for (const seq of [9, 10]) log.follower.receive(message(seq));
  assert.deepEqual(log.messages, [[6, "live"], [7, "replay"], [8, "replay"], [9, "replay"], [10, "live"]]);
});

test("while one of two leaders opens with a snapshot, the other one's messages are ignored", async () => {
  const log = await followerAt(5);
  log.follower.receive({ kind: "opened", leader: "one", topic: TOPIC, opening: { mode: "reset", head: 9 } });
  log.follower.receive({ ...message(6), leader: "other" });
  log.follower.receive({ ...message(9), leader: "one" });
  for (const leader of ["other", "one"]) log.follower.receive({ ...message(10), leader });
  assert.deepEqual(log.messages, [[9, "snapshot"], [10, "live"]]);
});

test("a tab subscribes with a new leader at its cursor", async () => {
  const log = await followerAt(5);
  log.follower.receive(message(6));
  log.follower.receive({ kind: "new_leader" });
  assert.deepEqual(subscribedAt(log), [5, 6]);
});

test("a topic that is over for the leader stays open for a tab that is behind", async () => {
  const log = await followerAt(5);
  log.follower.receive({ kind: "refused", topic: TOPIC, end: { reason: "over", lastSeq: 7 } });
  assert.deepEqual(subscribedAt(log), [5, 5]);
  assert.equal(log.refusal, undefined);
  for (const seq of [6, 7]) log.follower.receive(message(seq));
  log.follower.receive({ kind: "refused", topic: TOPIC, end: { reason: "over", lastSeq: 7 } });
  assert.equal(log.refusal, "over");
});

test("closing during the first request aborts it", async () => {
  let signalOfRequest = null;
  const fetch = (url, { signal }) => {
    signalOfRequest = signal;
    return new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Error("aborted"))));
  };
  const events = [];
  const listener = { onStatus: (status) => events.push(status), onRefused: () => events.push("refused") };
  const options = { fetch, timings: TIMINGS };
  const follower = new Follower(URLS, new Cursor(TOPIC), options, listener, assert.fail);
  await until(() => signalOfRequest, "the request");
  follower.stop();
  assert.ok(signalOfRequest.aborted);
  await wait(50);
  assert.deepEqual(events, ["connecting"]);
});

test("a first request with a foreign answer is retried", async () => {
  const foreign = [{}, null];
  const own = { events: [{ id: 5, type: "challenge.update", payload: {} }], head: 5, reset: true };
  const fetch = async () => Response.json(foreign.length ? foreign.shift() : own);
  const log = { reasons: [], messages: [] };
  const listener = {
    onMessage: (topic, { seq, mode }) => log.messages.push([seq, mode]),
    onStatus: (status, { reason }) => reason && log.reasons.push(reason),
    onRefused: assert.fail,
  };
  const options = { fetch, timings: { ...TIMINGS, retryMs: 10, retryCapMs: 20 } };
  await new Promise((add) => new Follower(URLS, new Cursor(TOPIC), options, listener, () => ({ add })));
  assert.deepEqual(log, { reasons: ["not_ours", "not_ours"], messages: [[5, "snapshot"]] });
});
