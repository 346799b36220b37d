import assert from "node:assert/strict";
import { test } from "node:test";
import { Base } from "../src/address.js";
import { Link } from "../src/stream/resilient-stream.js";
import { Place } from "../src/cursor.js";
import { TIMINGS } from "../src/timings.js";
import { Viewer } from "../src/viewer.js";
import { manyTopics } from "../src/stream/protocol.js";
import { until } from "./support/until.js";

const timings = { ...TIMINGS, tickMs: 20, firstByteMs: 50, pollMs: 20, pollCapMs: 40 };
const LEFT = "challenges/1";
const KEPT = "challenges/2";

const json = (body, status) =>
  new Response(JSON.stringify(body), { status, headers: { "Content-Type": "application/json" } });
const page = (...events) => json({ events, head: events.at(-1)?.id ?? 1, reset: false });

const unanswered = ({ signal }) =>
  new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Error("aborted"))));

for (const foreign of [{}, null, [], { events: "none" }]) {
  test(`where it polls, ${JSON.stringify(foreign)} is not ours, and is tried again`, async (context) => {
    const said = { messages: [], statuses: [] };
    let answer = () => page();
    const fetch = async (url, init) => (url.includes("/events/") ? answer() : unanswered(init));
    const options = { fetch, timings, viewer: new Viewer() };
    const link = new Link(manyTopics, new Base("http://localhost"), [new Place(KEPT, 1)], options, {
      message: (topic, { number }) => said.messages.push(number),
      status: (status, details) => said.statuses.push({ status, ...details }),
      refusal: assert.fail,
    });
    context.after(() => link.stop());
    await until(() => link.polls, "polling");
    answer = () => json(foreign);
    await until(() => said.statuses.some(({ reason }) => reason === "not_ours"), "the problem");
    assert.ok(!link.polls);
    answer = () => page({ id: 2, type: "challenge.update", payload: {} });
    await until(() => said.messages.length === 1 && link.polls, "the message", 3000);
  });
}

for (const [what, late] of [
  ["a refusal", () => json({ detail: "Not found." }, 404)],
  ["a message", () => page({ id: 2, type: "challenge.update", payload: {} })],
]) {
  test(`${what} of a topic that was left while it was polled is nothing to the others`, async (context) => {
    const said = { messages: [], refused: [] };
    let answerLate = null;
    const fetch = (url, init) => {
      if (url.includes(`${KEPT}/events`)) return Promise.resolve(page());
      if (url.includes("/events/")) return new Promise((resolve) => (answerLate = () => resolve(late())));
      return unanswered(init);
    };
    const polled = [];
    const counting = (url, init) => polled.push(url) && fetch(url, init);
    const places = [LEFT, KEPT].map((topic) => new Place(topic, 1));
    const link = new Link(manyTopics, new Base("http://localhost"), places, { fetch: counting, timings, viewer: new Viewer() }, {
      message: (topic) => said.messages.push(topic),
      status: () => {},
      refusal: (topic) => said.refused.push(topic),
    });
    context.after(() => link.stop());
    await until(() => answerLate, "the question");
    link.remove(LEFT);
    answerLate();
    polled.length = 0;
    await until(() => polled.filter((url) => url.includes(`${KEPT}/events`)).length > 1, "the other's turn", 3000);
    assert.deepEqual(said, { messages: [], refused: [] });
  });
}
