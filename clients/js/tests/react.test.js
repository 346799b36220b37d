import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { JSDOM } from "jsdom";
import { Player, play } from "./support/players.js";
import { Service } from "./support/service.js";
import { TokenHolder } from "./support/tokens.js";
import { until } from "./support/until.js";

const dom = new JSDOM("<main></main>", { url: "http://localhost/" });
const { window } = dom;
Object.assign(globalThis, { window, document: window.document });
Object.defineProperty(globalThis, "navigator", { value: window.navigator });
const { createElement, StrictMode, useEffect } = await import("react");
const { createRoot } = await import("react-dom/client");
const { useEventStream } = await import("../src/react.js");

let service, sara, fahad, root;
const realFetch = globalThis.fetch;

before(async () => {
  service = await Service.start();
  // As in a browser, every request carries the cookie.
  globalThis.fetch = (url, init = {}) => {
    requests.push(String(url));
    return realFetch(url, { ...init, headers: { Cookie: sara?.cookie ?? "", ...init.headers } });
  };
});
// One invite of a type can wait between two people, so each test has people of its own.
beforeEach(async () => {
  sara = await Player.register(service, "sara");
  fahad = await Player.register(service, "fahad");
});
afterEach(() => root.unmount());
after(async () => {
  globalThis.fetch = realFetch;
  await service.stop();
});

const requests = [];
const streamsOf = (path) => requests.filter((url) => url.endsWith(path)).length;

/** Render a component that uses the hook as earlier front ends do; return a log of what it got. */
function render(props, { strict = true, onMessage = () => {} } = {}) {
  const seen = { rendered: [], heard: [], statuses: [], events: [], renders: 0 };
  function Duel({ url, shouldConnect, token }) {
    seen.renders += 1;
    const { lastMessage, connectionStatus, sendMessage } = useEventStream(url, {
      shouldConnect,
      token,
      onMessage: ({ type }, { id }) => {
        seen.heard.push({ id, type });
        onMessage();
      },
      onOpen: ({ type }) => seen.events.push(type),
      onClose: ({ type, code }) => seen.events.push(`${type} ${code}`),
      onError: ({ type }) => seen.events.push(type),
    });
    seen.send = sendMessage;
    useEffect(() => {
      if (lastMessage) seen.rendered.push(lastMessage);
    }, [lastMessage]);
    useEffect(() => {
      seen.statuses.push(connectionStatus);
    }, [connectionStatus]);
    return createElement("p", null, connectionStatus);
  }
  root = createRoot(document.querySelector("main"));
  seen.update = (next) => {
    const duel = createElement(Duel, next);
    root.render(strict ? createElement(StrictMode, null, duel) : duel);
  };
  seen.update(props);
  return seen;
}

const urlOf = ({ id }) => `${service.url.replace("http", "ws")}/ws/challenges/${id}/`;

test("each message is rendered, also where several come at once", async () => {
  const created = await sara.challenge(fahad);
  const seen = render({ url: urlOf(created) });
  await until(() => seen.rendered.length, "the snapshot");
  await play(sara, fahad, {}, created);
  await until(() => seen.rendered.at(-1).type === "challenge.end", "the end");
  const [first, ...rest] = seen.rendered;
  const events = await sara.events(`challenges/${created.id}`, seen.heard[0].id);
  assert.equal(first.type, "challenge.update");
  assert.deepEqual(rest, events.map(({ type, payload }) => ({ type, payload })));
  assert.deepEqual(seen.heard.slice(1), events.map(({ id, type }) => ({ id, type })));
});

test("a message whose callback throws is rendered", async (context) => {
  context.mock.method(console, "error", () => {});
  const created = await sara.challenge(fahad);
  const onMessage = () => {
    throw new Error("a mistake of the page");
  };
  const seen = render({ url: urlOf(created) }, { onMessage });
  await until(() => seen.rendered.length, "the snapshot");
});

test("new callbacks in each render do not reconnect", async () => {
  const created = await sara.challenge(fahad);
  const seen = render({ url: urlOf(created) }, { strict: false });
  await until(() => seen.statuses.at(-1) === "open", "the stream");
  for (let count = 0; count < 5; count += 1) {
    const { renders } = seen;
    seen.update({ url: urlOf(created) });
    await until(() => seen.renders > renders, "a render");
  }
  await fahad.act(created.id, "accept");
  await until(() => seen.rendered.length === 2, "the message");
  assert.equal(streamsOf(`/sse/challenges/${created.id}/`), 1);
  assert.deepEqual(seen.events, ["open"]);
});

test("StrictMode opens one connection, and repeats no message", async () => {
  const created = await sara.challenge(fahad);
  const seen = render({ url: urlOf(created) });
  await until(() => seen.statuses.at(-1) === "open", "the stream");
  await fahad.act(created.id, "accept");
  await until(() => seen.rendered.length >= 2, "the message");
  assert.equal(new Set(seen.heard.map(({ id }) => id)).size, seen.heard.length);
});

test("it is closed without an address, or with shouldConnect: false", async () => {
  const created = await sara.challenge(fahad);
  const seen = render({ url: null });
  await until(() => seen.statuses.length, "the first render");
  seen.update({ url: urlOf(created), shouldConnect: false });
  await until(() => seen.renders >= 4, "the next render");
  assert.deepEqual([...new Set(seen.statuses)], ["closed"]);
  seen.update({ url: urlOf(created), shouldConnect: true });
  await until(() => seen.statuses.at(-1) === "open", "the stream");
  seen.update({ url: null });
  await until(() => seen.statuses.at(-1) === "closed", "the end");
});

test("sendMessage renders its answer as a message, and a refusal as an error message", async () => {
  const created = await sara.challenge(fahad);
  const seen = render({ url: urlOf(created) });
  await until(() => seen.rendered.length, "the snapshot");
  seen.send({ type: "mark_ready" });
  await until(() => seen.rendered.some(({ type }) => type === "participant.update"), "the update");
  const confirmed = await until(() => seen.rendered.find(({ type }) => type === "ready_confirmation"), "the answer");
  assert.equal(confirmed.payload.user_status, "ready");
  seen.send(JSON.stringify({ type: "dance" }));
  const { payload } = await until(() => seen.rendered.find(({ type }) => type === "error"), "the error");
  assert.match(payload.detail, /cannot be sent/);
});

test("a refusal closes with the code that the WebSocket had", async () => {
  const seen = render({ url: `${service.url}/sse/challenges/999999/` }, { strict: false });
  await until(() => seen.events.length, "the end");
  assert.deepEqual(seen.events, ["close 4004"]);
  assert.equal(seen.statuses.at(-1), "closed");
});

test("a finished challenge stays open, as its WebSocket does", async () => {
  const id = await play(sara, fahad);
  const { id: end } = (await sara.events(`challenges/${id}`)).at(-1);
  const seen = render({ url: `${urlOf({ id })}?last_event_id=${end - 1}` }, { strict: false });
  await until(() => seen.rendered.length, "the end");
  assert.equal(seen.statuses.at(-1), "open");
  seen.update({ url: `${urlOf({ id })}?last_event_id=${end}` });
  await until(() => seen.events.length === 3, "the answer");
  assert.deepEqual(seen.events, ["open", "close 1000", "open"]);
  await until(() => seen.statuses.at(-1) === "open", "its status");
});

test("a token that was refused closes with 4001, and the next one connects again", async () => {
  const created = await sara.challenge(fahad);
  const { access } = await TokenHolder.signIn(sara);
  const seen = render({ url: urlOf(created), token: "run-out" });
  await until(() => seen.events.includes("close 4001"), "the refusal");
  seen.update({ url: urlOf(created), token: access });
  await until(() => seen.statuses.at(-1) === "open", "the stream");
  const opened = streamsOf(`/sse/challenges/${created.id}/`);
  seen.update({ url: urlOf(created), token: "not-needed-yet" });
  await fahad.act(created.id, "accept");
  await until(() => seen.rendered.length === 2, "the message");
  assert.equal(streamsOf(`/sse/challenges/${created.id}/`), opened);
});

test("a callback that is new in each render is asked for another token", async () => {
  const created = await sara.challenge(fahad);
  const { access } = await TokenHolder.signIn(sara);
  const asked = [];
  const next = () => ({ refused }) => {
    asked.push(refused);
    return refused === "run-out" ? access : "run-out";
  };
  const seen = render({ url: urlOf(created), token: next() });
  seen.update({ url: urlOf(created), token: next() });
  await until(() => seen.statuses.at(-1) === "open", "the stream");
  seen.send({ type: "mark_ready" });
  const confirmed = () => seen.rendered.some(({ type }) => type === "ready_confirmation");
  await until(confirmed, "the answer");
  assert.ok(asked.includes("run-out"));
});
