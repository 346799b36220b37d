import assert from "node:assert/strict";
import { createServer } from "node:http";
import { test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { assertComplete, withoutMode } from "./support/messages.js";
import { closeAll, play } from "./support/players.js";
import { fahad, proxy, sara, service, setUp } from "./support/set-up.js";
import { until } from "./support/until.js";

// Shorter than in production, by 10 to 200 times, and the heartbeats with them: heartbeat < stale <
// silent still holds.
const timings = {
  tickMs: 50, firstByteMs: 500, staleMs: 1000, silentMs: 1600, healthyMs: 400,
  retryMs: 50, retryCapMs: 400, requestMs: 1000, pollMs: 50, pollCapMs: 300, probeMs: 300, probeCapMs: 600,
};
const TYPES = ["quick_quant_10", "medium_verbal_15", "comprehensive_20", "speed_challenge_5min", "accuracy_challenge"];

setUp({ HEARTBEAT_SECONDS: "0.5" }, closeAll);

const follow = (player, path, options) => player.follow(path, { at: proxy, timings, ...options });

async function followDuel(player = sara, options = {}) {
  const created = await sara.challenge(fahad);
  const log = follow(player, `/sse/challenges/${created.id}/`, options);
  await until(() => log.messages.length, "the snapshot");
  return { created, log, topic: `challenges/${created.id}` };
}

test("through repeated cuts in the middle of frames, every message comes once and in order", async () => {
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
    for (const { player, log } of pair) await assertComplete(log, player, topic);
    logs.push(...pair.map(({ log }) => log));
  }
  const cuts = logs.flatMap(({ statuses }) => statuses).filter(({ reason, retryInMs }) => reason === "cut" && retryInMs !== undefined);
  assert.ok(cuts.length > 10, `${cuts.length} cuts`);
});

test("a 502 is reported as an error, and retried", async () => {
  const { created, log, topic } = await followDuel();
  await proxy.set("bad_gateway");
  await until(() => log.statuses.some(({ status, http, retryInMs }) => status === "error" && http === 502 && retryInMs >= 0), "the error");
  await play(sara, fahad, {}, created);
  await proxy.pass();
  await assertComplete(log, sara, topic);
});

test("the page of a captive portal is reported as an error, and retried", async () => {
  const { created, log, topic } = await followDuel();
  await proxy.set("captive_portal");
  await until(() => log.statuses.some(({ reason }) => reason === "not_ours"), "the error");
  await play(sara, fahad, {}, created);
  await proxy.pass();
  await assertComplete(log, sara, topic);
});

test("a connection that dies silently is reported as stale, then replaced", async () => {
  const { created, log, topic } = await followDuel();
  await proxy.set("half_open");
  await play(sara, fahad, {}, created);
  await until(() => log.connection.staleForSeconds >= 1, "staleness");
  await until(() => log.statuses.some(({ reason }) => reason === "silent"), "the replacement");
  await proxy.pass();
  await assertComplete(log, sara, topic);
  assert.equal(log.connection.staleForSeconds, 0);
});

test("behind a proxy that buffers streams it polls, and streams again when it can", async () => {
  await proxy.set("buffer");
  const created = await sara.challenge(fahad);
  const log = follow(sara, `/sse/challenges/${created.id}/`, { timings: { ...timings, silentMs: 60_000 } });
  await until(() => log.statuses.some(({ via }) => via === "polling"), "polling");
  assert.deepEqual(
    log.statuses.filter(({ status }) => status === "error").map(({ reason }) => reason),
    ["buffered"],
    "one attempt is enough to know",
  );
  await fahad.act(created.id, "accept");
  await until(() => log.messages.length === 2, "a message by polling");
  assert.ok(log.statuses.every(({ via }) => via !== "stream"));
  await proxy.pass();
  await until(() => log.connection.status === "open" && log.statuses.at(-1).via === "stream", "the stream");
  await sara.act(created.id, "ready");
  await until(() => log.messages.length === 3, "a message by the stream");
  assert.deepEqual(log.messages.slice(1).map(withoutMode), await sara.events(`challenges/${created.id}`, log.messages[0].id));
  const polls = log.statuses.filter(({ via }) => via === "polling").length;
  assert.equal(polls, 1, "polling is reported once");
});

test("a connection closed by the callback for a polled message stays closed", async () => {
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

test("a stream that is buffered after its opening is replaced by polling", async () => {
  const { created, log, topic } = await followDuel();
  await proxy.set("buffer");
  await play(sara, fahad, {}, created);
  await assertComplete(log, sara, topic);
  await proxy.pass();
});

test("notifications are polled without loss", async () => {
  const log = follow(fahad, "/sse/challenges/notifications/");
  await until(() => log.connection.status === "open", "the stream");
  await proxy.set("buffer");
  const ids = [];
  for (const type of TYPES) ids.push((await sara.challenge(fahad, type)).id);
  await until(() => log.messages.length >= TYPES.length, "the invites");
  assert.deepEqual(log.messages.map(({ payload }) => payload.id), ids);
  await proxy.pass();
});

test("a stream drained by a deploy resumes in order, without an error", async () => {
  // A busy machine may take seconds to start the new worker, and the stream waits for it.
  const { created, log, topic } = await followDuel(sara, { timings: { ...timings, firstByteMs: 30_000, silentMs: 30_000 } });
  await service.restartWorkers();
  await until(() => log.statuses.some(({ reason }) => reason === "draining"), "the drain");
  await until(() => log.connection.status === "open", "the new worker");
  await play(sara, fahad, {}, created);
  await assertComplete(log, sara, topic);
  assert.ok(log.statuses.every(({ status }) => status !== "error"));
});

test("the next attempt waits for Retry-After", async (context) => {
  const askedAt = [];
  const busy = createServer((request, response) => {
    askedAt.push(performance.now());
    response.writeHead(askedAt.length % 2 ? 503 : 429, { "Retry-After": "1" }).end();
  });
  await new Promise((resolve) => busy.listen(0, "127.0.0.1", resolve));
  context.after(() => busy.close());
  const log = sara.follow("/sse/challenges/1/", { at: { url: `http://127.0.0.1:${busy.address().port}` }, timings });
  await until(() => askedAt.length === 3, "the third attempt");
  assert.ok(askedAt[1] - askedAt[0] >= 990 && askedAt[2] - askedAt[1] >= 990, String(askedAt));
});

test("a 403 that is not the service's own is retried", async (context) => {
  let count = 0;
  const gate = createServer((request, response) => {
    count += 1;
    response.writeHead(403, { "Content-Type": "text/html" }).end("<h1>Forbidden</h1>");
  });
  await new Promise((resolve) => gate.listen(0, "127.0.0.1", resolve));
  context.after(() => gate.close());
  const log = sara.follow("/sse/challenges/1/", { at: { url: `http://127.0.0.1:${gate.address().port}` }, timings });
  await until(() => count >= 3, "the third attempt");
  assert.notEqual(log.connection.status, "closed");
});

test("a wall clock that is set by hours costs neither messages nor time", async (context) => {
  const { created, log, topic } = await followDuel();
  const real = Date.now;
  context.after(() => (Date.now = real));
  for (const hours of [5, -5]) {
    Date.now = () => real() + hours * 3_600_000;
    await wait(200);
    assert.equal(log.connection.staleForSeconds, 0);
  }
  await play(sara, fahad, {}, created);
  await assertComplete(log, sara, topic);
  assert.ok(log.statuses.every(({ status }) => status !== "error"));
});

test("reconnect polls at once", async () => {
  await proxy.set("buffer");
  const created = await sara.challenge(fahad);
  const log = follow(sara, `/sse/challenges/${created.id}/`, { timings: { ...timings, pollMs: 60_000, pollCapMs: 60_000 } });
  await until(() => log.messages.length, "polling");
  await wait(200); // by now it waits for the next poll
  await fahad.act(created.id, "accept");
  log.connection.reconnect();
  await until(() => log.messages.length === 2, "the message", 3000);
});

test("reconnect ends the retry delay", async () => {
  const { log } = await followDuel();
  const waits = { ...timings, retryMs: 60_000, retryCapMs: 60_000 };
  await proxy.set("bad_gateway");
  const waiting = follow(sara, `/sse/challenges/${log.messages[0].payload.id}/`, { timings: waits });
  await until(() => waiting.connection.status === "error", "the error");
  await proxy.pass();
  waiting.connection.reconnect();
  await until(() => waiting.connection.status === "open", "the stream", 3000);
});
