import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { FaultProxy } from "./support/fault-proxy.js";
import { closeAll, Player } from "./support/players.js";
import { Service } from "./support/service.js";
import { until } from "./support/until.js";

const NOTIFICATIONS = "/sse/challenges/notifications/";
const timings = { tickMs: 50, firstByteMs: 500, retryMs: 50, retryCapMs: 400, pollMs: 50, pollCapMs: 300 };
let service, proxy, sara, fahad;

before(async () => {
  service = await Service.start({ HEARTBEAT_SECONDS: "0.5", RETRY_SECONDS: "0.2" });
  proxy = await FaultProxy.start(service.port);
});
afterEach(async () => {
  await proxy.pass();
  closeAll();
});
after(async () => {
  await proxy.stop();
  await service.stop();
});

/** Two people, the second further on than the first, and a browser where the first is signed in. */
async function aBrowser() {
  [sara, fahad] = [await Player.register(service, "sara"), await Player.register(service, "fahad")];
  for (let count = 0; count < 3; count += 1) await sara.challenge(fahad);
  const browser = new Player(service.url, "browser");
  browser.cookie = sara.cookie;
  return browser;
}

const follow = (browser, path = NOTIFICATIONS) => browser.follow(path, { at: proxy, timings });

async function assertSignedOut(log, told) {
  await until(() => log.connection.status === "closed", () => `the end: ${JSON.stringify(log.statuses.slice(-3))}`);
  const { reason, http } = log.statuses.at(-1);
  assert.deepEqual([reason, http], ["signed_out", 401]);
  assert.equal(log.messages.length, told);
}

test("a stream does not come back as somebody else who signed in while it was away", async () => {
  const browser = await aBrowser();
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

test("another one's refusal is no answer to the first one", async () => {
  const browser = await aBrowser();
  const { id } = await sara.challenge(await Player.register(service));
  const log = follow(browser, `/sse/challenges/${id}/`);
  await until(() => log.messages.length === 1, "the snapshot");
  await proxy.set("bad_gateway");
  await until(() => log.connection.status === "error", "the loss");
  browser.cookie = fahad.cookie;
  await proxy.pass();
  await assertSignedOut(log, 1);
});

test("polling does not go on as somebody else", async () => {
  const browser = await aBrowser();
  await proxy.set("buffer");
  const log = follow(browser);
  await until(() => log.statuses.at(-1)?.via === "polling", "polling");
  browser.cookie = fahad.cookie;
  await assertSignedOut(log, 0);
});

test("a service that does not say whose an answer is, is believed", async () => {
  const browser = await aBrowser();
  const silent = async (address, init) => {
    const { status, body, headers } = await browser.fetch(address, init);
    return new Response(body, { status, headers: { "Content-Type": headers.get("content-type") } });
  };
  const log = sara.follow(NOTIFICATIONS, { at: proxy, timings, fetch: silent });
  await until(() => log.connection.status === "open", "the stream");
  log.connection.cut();
  await fahad.challenge(sara);
  await until(() => log.messages.length === 1, "the invite");
});
