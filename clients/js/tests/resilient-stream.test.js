import assert from "node:assert/strict";
import { test } from "node:test";
import { ServiceUrls } from "../src/address.js";
import { ResilientStream } from "../src/stream/resilient-stream.js";
import { Cursor } from "../src/cursor.js";
import { TIMINGS } from "../src/timings.js";
import { Viewer } from "../src/viewer.js";
import { manyTopics } from "../src/stream/protocol.js";
import { until } from "./support/until.js";

const timings = { ...TIMINGS, tickMs: 20, firstByteMs: 50, pollMs: 20, pollCapMs: 40 };
const REMOVED = "challenges/1";
const KEPT = "challenges/2";

const json = (body, status) =>
  new Response(JSON.stringify(body), { status, headers: { "Content-Type": "application/json" } });
const page = (...events) => json({ events, head: events.at(-1)?.id ?? 1, reset: false });

const unanswered = ({ signal }) =>
  new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Error("aborted"))));

for (const foreign of [{}, null, [], { events: "none" }]) {
  test(`a poll answered with ${JSON.stringify(foreign)} by something else is retried`, async (context) => {
    const log = { messages: [], statuses: [] };
    let answer = () => page();
    const fetch = async (url, init) => (url.includes("/events/") ? answer() : unanswered(init));
    const options = { fetch, timings, viewer: new Viewer() };
    const stream = new ResilientStream(manyTopics, new ServiceUrls("http://localhost"), [new Cursor(KEPT, 1)], options, {
      onMessage: (topic, { seq }) => log.messages.push(seq),
      onStatus: (status, details) => log.statuses.push({ status, ...details }),
      onRefused: assert.fail,
    });
    context.after(() => stream.stop());
    await until(() => stream.isPolling, "polling");
    answer = () => json(foreign);
    await until(() => log.statuses.some(({ reason }) => reason === "not_ours"), "the error");
    assert.ok(!stream.isPolling);
    answer = () => page({ id: 2, type: "challenge.update", payload: {} });
    await until(() => log.messages.length === 1 && stream.isPolling, "the message", 3000);
  });
}

for (const [what, late] of [
  ["a refusal", () => json({ detail: "Not found." }, 404)],
  ["a message", () => page({ id: 2, type: "challenge.update", payload: {} })],
]) {
  test(`${what} of a topic that was removed during its poll is ignored`, async (context) => {
    const log = { messages: [], refused: [] };
    let answerLate = null;
    const fetch = (url, init) => {
      if (url.includes(`${KEPT}/events`)) return Promise.resolve(page());
      if (url.includes("/events/")) return new Promise((resolve) => (answerLate = () => resolve(late())));
      return unanswered(init);
    };
    const polled = [];
    const counting = (url, init) => polled.push(url) && fetch(url, init);
    const cursors = [REMOVED, KEPT].map((topic) => new Cursor(topic, 1));
    const stream = new ResilientStream(manyTopics, new ServiceUrls("http://localhost"), cursors, { fetch: counting, timings, viewer: new Viewer() }, {
      onMessage: (topic) => log.messages.push(topic),
      onStatus: () => {},
      onRefused: (topic) => log.refused.push(topic),
    });
    context.after(() => stream.stop());
    await until(() => answerLate, "the poll");
    stream.removeTopic(REMOVED);
    answerLate();
    polled.length = 0;
    await until(() => polled.filter((url) => url.includes(`${KEPT}/events`)).length > 1, "two polls of the other topic", 3000);
    assert.deepEqual(log, { messages: [], refused: [] });
  });
}
