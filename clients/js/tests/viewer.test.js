import assert from "node:assert/strict";
import { test } from "node:test";
import { closeAll, Player } from "./support/players.js";
import { fahad, proxy, sara, service, setUp } from "./support/set-up.js";
import { until } from "./support/until.js";

const NOTIFICATIONS = "/sse/challenges/notifications/";
const timings = { tickMs: 50, firstByteMs: 500, retryMs: 50, retryCapMs: 400, pollMs: 50, pollCapMs: 300 };

setUp({ HEARTBEAT_SECONDS: "0.5" }, closeAll);

/** Let fahad have three invites in his log, and return a browser where sara is signed in. */
async function browserOfSara() {
  for (const type of ["medium_verbal_15", "comprehensive_20", "speed_challenge_5min"]) await sara.challenge(fahad, type);
  const browser = new Player(service.url, "browser");
  browser.cookie = sara.cookie;
  return browser;
}

const follow = (browser, path = NOTIFICATIONS) => browser.follow(path, { at: proxy, timings });

async function assertSignedOut(log, messageCount) {
  await until(() => log.connection.status === "closed", () => `the end: ${JSON.stringify(log.statuses.slice(-3))}`);
  const { reason, http } = log.statuses.at(-1);
  assert.deepEqual([reason, http], ["signed_out", 401]);
  assert.equal(log.messages.length, messageCount);
}

test("a stream does not resume for another user who signed in meanwhile", async () => {
  const browser = await browserOfSara();
  const { id } = await fahad.challenge(sara);
  const logs = [follow(browser), follow(browser, `/sse/challenges/${id}/`)];
  await until(() => logs.every(({ connection }) => connection.status === "open"), "the streams");
  await proxy.set("bad_gateway");
  await until(() => logs.every(({ connection }) => connection.status === "error"), "the loss");
  browser.cookie = fahad.cookie;
  await proxy.pass();
  await assertSignedOut(logs[0], 0);
  await assertSignedOut(logs[1], 1);
});

test("a refusal for another user ends the connection as signed out", async () => {
  const browser = await browserOfSara();
  const { id } = await sara.challenge(await Player.register(service));
  const log = follow(browser, `/sse/challenges/${id}/`);
  await until(() => log.messages.length === 1, "the snapshot");
  await proxy.set("bad_gateway");
  await until(() => log.connection.status === "error", "the loss");
  browser.cookie = fahad.cookie;
  await proxy.pass();
  await assertSignedOut(log, 1);
});

test("polling does not continue for another user", async () => {
  const browser = await browserOfSara();
  await proxy.set("buffer");
  const log = follow(browser);
  await until(() => log.statuses.at(-1)?.via === "polling", "polling");
  browser.cookie = fahad.cookie;
  await assertSignedOut(log, 0);
});

test("answers without a Viewer-Id header are accepted", async () => {
  const browser = await browserOfSara();
  const withoutViewerId = async (address, init) => {
    const { status, body, headers } = await browser.fetch(address, init);
    return new Response(body, { status, headers: { "Content-Type": headers.get("content-type") } });
  };
  const log = sara.follow(NOTIFICATIONS, { at: proxy, timings, fetch: withoutViewerId });
  await until(() => log.connection.status === "open", "the stream");
  log.connection.cut();
  await fahad.challenge(sara);
  await until(() => log.messages.length === 1, "the invite");
});
