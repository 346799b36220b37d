import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, afterEach, before, test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { FaultProxy } from "./support/fault-proxy.js";
import { closeAll, Player, play } from "./support/players.js";
import { Service } from "./support/service.js";
import { until } from "./support/until.js";

// Everything waits as long as in real life, but faster; the heartbeats too.
const timings = {
  tickMs: 50, firstByteMs: 500, staleMs: 1000, silentMs: 1600, healthyMs: 400,
  retryMs: 50, retryCapMs: 400, requestMs: 1000, pollMs: 50, pollCapMs: 300, probeMs: 300, probeCapMs: 600,
};
let service, proxy, sara, fahad;

before(async () => {
  service = await Service.start({ HEARTBEAT_SECONDS: "0.5", RETRY_SECONDS: "0.2" });
  proxy = await FaultProxy.start(service.port);
  sara = await Player.register(service, "sara");
  fahad = await Player.register(service, "fahad");
});
afterEach(async () => {
  await proxy.pass();
  closeAll();
});
after(async () => {
  await proxy.stop();
  await service.stop();
});

const bare = ({ id, type, payload }) => ({ id, type, payload });
const follow = (player, path, options) => player.follow(path, { at: proxy, timings, ...options });

async function followDuel(player = sara) {
  const created = await sara.challenge(fahad);
  const log = follow(player, `/sse/challenges/${created.id}/`);
  await until(() => log.messages.length, "the snapshot");
  return { created, log, topic: `challenges/${created.id}` };
}

/** Each message after the snapshot once, in order, as the log has it. */
async function assertWhole(player, topic, log) {
  const [first, ...rest] = log.messages;
  await until(() => log.messages.at(-1).type === "challenge.end", () => `the end; there are ${JSON.stringify(log.statuses.slice(-5))}`);
  assert.equal(first.mode, "snapshot");
  assert.deepEqual(log.messages.slice(1).map(bare), await player.events(topic, first.id));
}

test("cut in the middle of frames again and again, every message comes once and in order", async () => {
  const logs = [];
  for (let round = 0; round < 3; round += 1) {
    await proxy.pass();
    const created = await sara.challenge(fahad);
    const topic = `challenges/${created.id}`;
    const pair = [sara, fahad].map((player) => ({ player, topic, log: follow(player, `/sse/${topic}/`) }));
    await until(() => pair.every(({ log }) => log.messages.length), "the snapshots");
    await proxy.set("cut", { bytes: 3000 });
    await play(sara, fahad, { between: () => wait(Math.random() * 40) }, created);
    await proxy.pass();
    for (const { player, log } of pair) {
      await assertWhole(player, topic, log);
    }
    logs.push(...pair.map(({ log }) => log));
  }
  const cuts = logs.flatMap(({ statuses }) => statuses).filter(({ reason, retryInMs }) => reason === "cut" && retryInMs !== undefined);
  assert.ok(cuts.length > 10, `${cuts.length} cuts`);
});

test("answers of 502 are tried again, and told as an error", async () => {
  const { created, log, topic } = await followDuel();
  await proxy.set("bad_gateway");
  await until(() => log.statuses.some(({ status, http, retryInMs }) => status === "error" && http === 502 && retryInMs >= 0), "the error");
  await play(sara, fahad, {}, created);
  await proxy.pass();
  await assertWhole(sara, topic, log);
});

test("the page of a captive portal is an error that passes", async () => {
  const { created, log, topic } = await followDuel();
  await proxy.set("captive_portal");
  await until(() => log.statuses.some(({ reason }) => reason === "not_ours"), "the error");
  await play(sara, fahad, {}, created);
  await proxy.pass();
  await assertWhole(sara, topic, log);
});

test("a connection that is dead and does not say so is stale first, then replaced", async () => {
  const { created, log, topic } = await followDuel();
  await proxy.set("half_open");
  await play(sara, fahad, {}, created);
  await until(() => log.connection.staleForSeconds >= 1, "staleness");
  await until(() => log.statuses.some(({ reason }) => reason === "silent"), "the end of patience");
  await proxy.pass();
  await assertWhole(sara, topic, log);
  assert.equal(log.connection.staleForSeconds, 0);
});

test("where streams are held back it polls, and streams again when they come through", async () => {
  await proxy.set("buffer");
  const created = await sara.challenge(fahad);
  const log = follow(sara, `/sse/challenges/${created.id}/`, { timings: { ...timings, silentMs: 60_000 } });
  await until(() => log.statuses.some(({ via }) => via === "polling"), "polling");
  assert.deepEqual(
    log.statuses.filter(({ status }) => status === "error").map(({ reason }) => reason),
    ["buffered"],
    "one try is enough to know",
  );
  await fahad.act(created.id, "accept");
  await until(() => log.messages.length === 2, "a message by polling");
  assert.ok(log.statuses.every(({ via }) => via !== "stream"));
  await proxy.pass();
  await until(() => log.connection.status === "open" && log.statuses.at(-1).via === "stream", "the stream");
  await sara.act(created.id, "ready");
  await until(() => log.messages.length === 3, "a message by the stream");
  assert.deepEqual(log.messages.slice(1).map(bare), await sara.events(`challenges/${created.id}`, log.messages[0].id));
  const polls = log.statuses.filter(({ via }) => via === "polling").length;
  assert.equal(polls, 1, "it is told once that it polls");
});

test("a page that closes at a message it polled stays closed", async () => {
  const { id } = await sara.challenge(fahad);
  await proxy.set("buffer");
  const statuses = [];
  const log = follow(sara, `/sse/challenges/${id}/`, {
    lastEventId: 0,
    onMessage: () => log.connection.close(),
    onStatus: (status) => statuses.push(status),
  });
  await until(() => statuses.includes("closed"), "the end");
  await wait(200);
  assert.equal(log.connection.status, "closed");
  assert.deepEqual(statuses.slice(-2), ["closing", "closed"]);
});

test("a stream that opens and is held back later is left for polling too", async () => {
  const { created, log, topic } = await followDuel();
  await proxy.set("buffer");
  await play(sara, fahad, {}, created);
  await assertWhole(sara, topic, log);
  await proxy.pass();
});

test("notifications are polled as well, without loss", async () => {
  const log = follow(fahad, "/sse/challenges/notifications/");
  await until(() => log.connection.status === "open", "the stream");
  await proxy.set("buffer");
  const ids = [];
  for (let count = 0; count < 5; count += 1) ids.push((await sara.challenge(fahad)).id);
  await until(() => log.messages.length >= 5, "the invites");
  assert.deepEqual(log.messages.map(({ payload }) => payload.id), ids);
  await proxy.pass();
});

test("a deploy drains the stream, and it comes back in order", async () => {
  const { created, log, topic } = await followDuel();
  await service.restartWorkers();
  await until(() => log.statuses.some(({ reason }) => reason === "draining"), "the drain");
  await until(() => log.connection.status === "open", "the new worker");
  await play(sara, fahad, {}, created);
  await assertWhole(sara, topic, log);
  assert.ok(log.statuses.every(({ status }) => status !== "error"));
});

test("Retry-After is honoured", async (context) => {
  const asked = [];
  const busy = createServer((request, response) => {
    asked.push(performance.now());
    response.writeHead(asked.length % 2 ? 503 : 429, { "Retry-After": "1" }).end();
  });
  await new Promise((resolve) => busy.listen(0, "127.0.0.1", resolve));
  context.after(() => busy.close());
  const log = sara.follow("/sse/challenges/1/", { at: { url: `http://127.0.0.1:${busy.address().port}` }, timings });
  await until(() => asked.length === 3, "the third try");
  assert.ok(asked[1] - asked[0] >= 990 && asked[2] - asked[1] >= 990, String(asked));
});

test("a refusal that is a proxy's own is tried again", async (context) => {
  let count = 0;
  const gate = createServer((request, response) => {
    count += 1;
    response.writeHead(403, { "Content-Type": "text/html" }).end("<h1>Forbidden</h1>");
  });
  await new Promise((resolve) => gate.listen(0, "127.0.0.1", resolve));
  context.after(() => gate.close());
  const log = sara.follow("/sse/challenges/1/", { at: { url: `http://127.0.0.1:${gate.address().port}` }, timings });
  await until(() => count >= 3, "the third try");
  assert.notEqual(log.connection.status, "closed");
});

test("a wall clock that is moved by hours costs no message and no time", async (context) => {
  const { created, log, topic } = await followDuel();
  const real = Date.now;
  context.after(() => (Date.now = real));
  for (const hours of [5, -5]) {
    Date.now = () => real() + hours * 3_600_000;
    await wait(200);
    assert.equal(log.connection.staleForSeconds, 0);
  }
  await play(sara, fahad, {}, created);
  await assertWhole(sara, topic, log);
  assert.ok(log.statuses.every(({ status }) => status !== "error"));
});

test("reconnect asks at once also while it polls", async () => {
  await proxy.set("buffer");
  const created = await sara.challenge(fahad);
  const log = follow(sara, `/sse/challenges/${created.id}/`, { timings: { ...timings, pollMs: 60_000, pollCapMs: 60_000 } });
  await until(() => log.messages.length, "polling");
  await wait(200); // by now it pauses
  await fahad.act(created.id, "accept");
  log.connection.reconnect();
  await until(() => log.messages.length === 2, "the message", 3000);
});

test("reconnect asks at once, without waiting for the pause", async () => {
  const { log } = await followDuel();
  const waits = { ...timings, retryMs: 60_000, retryCapMs: 60_000 };
  await proxy.set("bad_gateway");
  const patient = follow(sara, `/sse/challenges/${log.messages[0].payload.id}/`, { timings: waits });
  await until(() => patient.connection.status === "error", "the error");
  await proxy.pass();
  patient.connection.reconnect();
  await until(() => patient.connection.status === "open", "the stream", 3000);
});
