import assert from "node:assert/strict";
import { test } from "node:test";
import { Base } from "../src/address.js";
import { Link } from "../src/link.js";
import { Place } from "../src/place.js";
import { TIMINGS } from "../src/timings.js";
import { Viewer } from "../src/viewer.js";
import { manyTopics } from "../src/wires.js";
import { until } from "./support/until.js";

const timings = { ...TIMINGS, tickMs: 20, firstByteMs: 50, pollMs: 20, pollCapMs: 40 };
const LEFT = "challenges/1";
const KEPT = "challenges/2";

const json = (body, status) =>
  new Response(JSON.stringify(body), { status, headers: { "Content-Type": "application/json" } });
const page = (...events) => json({ events, head: events.at(-1)?.id ?? 1, reset: false });

for (const [what, late] of [
  ["a refusal", () => json({ detail: "Not found." }, 404)],
  ["a message", () => page({ id: 2, type: "challenge.update", payload: {} })],
]) {
  test(`${what} of a topic that was left while it was polled is nothing to the others`, async (context) => {
    const said = { messages: [], refused: [] };
    let answerLate = null;
    const fetch = (url, { signal }) => {
      if (url.includes(`${KEPT}/events`)) return Promise.resolve(page());
      if (url.includes("/events/")) return new Promise((resolve) => (answerLate = () => resolve(late())));
      return new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Error("aborted"))));
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
