import assert from "node:assert/strict";
import { test } from "node:test";
import { authorizedFetch } from "../src/index.js";
import { assertComplete } from "./support/messages.js";
import { closeAll, play } from "./support/players.js";
import { fahad, proxy, sara, service, setUp } from "./support/set-up.js";
import { TokenHolder } from "./support/tokens.js";
import { until } from "./support/until.js";

const NOTIFICATIONS = "/sse/challenges/notifications/";
const timings = { tickMs: 50, firstByteMs: 500, retryMs: 50, retryCapMs: 400, pollMs: 50, pollCapMs: 300 };

setUp({ ACCESS_TOKEN_SECONDS: "3", HEARTBEAT_SECONDS: "0.5" }, closeAll);

const pathOf = ({ id }) => `/sse/challenges/${id}/`;
const untilOpen = (log, via = "stream") =>
  until(() => log.statuses.at(-1)?.via === via, () => `${via}: ${JSON.stringify(log.statuses)}`);
const untilClosed = (log) => until(() => log.connection.status === "closed", () => JSON.stringify(log.statuses));

/** Follow without a cookie, as a page of another origin does. */
const followBy = (token, path, options = {}) =>
  sara.follow(path, { fetch: undefined, at: proxy, timings, token, ...options });

test("connections that lose their streams after the token ran out ask once, and miss nothing", async () => {
  const created = await sara.challenge(fahad);
  const holder = await TokenHolder.signIn(sara);
  const logs = [pathOf(created), pathOf(created), NOTIFICATIONS].map((path) => followBy(holder.token, path));
  for (const log of logs) await untilOpen(log);
  await fahad.act(created.id, "accept");
  await holder.untilRunOut();
  await proxy.reset({ only: "streams" });
  await play(sara, fahad, { isAccepted: true }, created);
  for (const log of logs.slice(0, 2)) await assertComplete(log, sara, `challenges/${created.id}`);
  assert.deepEqual(logs[2].messages.map(({ type }) => type), ["challenge_accepted_notification"]);
  assert.ok(holder.refusals.length >= 1);
  assert.equal(new Set(holder.refusals).size, holder.refusals.length);
});

test("polling goes on behind its cursor with another token", async () => {
  const created = await sara.challenge(fahad);
  const holder = await TokenHolder.signIn(sara);
  await proxy.set("buffer", { only: "streams" });
  const log = followBy(holder.token, pathOf(created));
  await untilOpen(log, "polling");
  await holder.untilRunOut();
  await play(sara, fahad, {}, created);
  await assertComplete(log, sara, `challenges/${created.id}`);
  assert.ok(holder.refusals.length >= 1);
  assert.ok(log.statuses.every(({ http }) => http !== 401));
});

test("calls that are refused together ask once, and each is made once", async () => {
  const [first, second] = [await sara.challenge(fahad), await sara.challenge(fahad, "speed_challenge_5min")];
  const holder = await TokenHolder.signIn(sara);
  const logs = [first, second].map((created) => followBy(holder.token, pathOf(created)));
  for (const log of logs) await untilOpen(log);
  holder.access = "run-out";
  const call = authorizedFetch(holder.token); // and from here on, all ask again
  const [one, other, me] = await Promise.all([
    logs[0].connection.send({ type: "mark_ready" }),
    logs[1].connection.send({ type: "mark_ready" }),
    call(`${service.url}/api/v1/users/me/`, { headers: new Headers({ Accept: "application/json" }) }),
  ]);
  assert.deepEqual([one.user_status, other.user_status, me.status], ["ready", "ready", 200]);
  assert.equal(holder.refusals.filter((refused) => refused === "run-out").length, 1);
  for (const [log, { id }] of [[logs[0], first], [logs[1], second]]) {
    await until(() => log.messages.length === 2, "the update");
    assert.equal((await sara.events(`challenges/${id}`)).filter(({ type }) => type === "participant.update").length, 1);
  }
});

test("a Request is sent again with its headers and its body", async () => {
  const holder = await TokenHolder.signIn(sara);
  holder.access = "run-out";
  const call = authorizedFetch(holder.token);
  const headers = { "Content-Type": "application/json", "Accept-Language": "ar" };
  const body = JSON.stringify({ challenge_type: "accuracy_challenge", opponent_username: fahad.username });
  const response = await call(new Request(`${service.url}/api/v1/challenges/challenges/`, { method: "POST", headers, body }));
  const { challenge_type: type, status_display: shown } = await response.json();
  assert.deepEqual([response.status, type], [201, "accuracy_challenge"]);
  assert.match(shown, /[\u0600-\u06ff]/);
  assert.equal(holder.refusals.filter((refused) => refused === "run-out").length, 1);
});

test("a token that cannot be replaced closes the connection with the status 401", async () => {
  const { id } = await sara.challenge(fahad);
  const holder = await TokenHolder.signIn(sara);
  const fixed = followBy(holder.access, pathOf({ id }));
  const asked = followBy(holder.token, pathOf({ id }));
  for (const log of [fixed, asked]) await untilOpen(log);
  await holder.untilRunOut();
  holder.refresh = "spoilt";
  await proxy.reset({ only: "streams" });
  for (const log of [fixed, asked]) {
    await untilClosed(log);
    const { reason, http, detail } = log.statuses.at(-1);
    assert.deepEqual([reason, http], ["refused", 401]);
    assert.match(detail, /\.$/);
  }
  const nobody = followBy(() => null, pathOf({ id }));
  await untilClosed(nobody);
  assert.equal(nobody.statuses.at(-1).http, 401);
});

test("a callback that fails is asked again, and nothing is missed", async () => {
  const created = await sara.challenge(fahad);
  const holder = await TokenHolder.signIn(sara);
  let failures = 0;
  const token = async (asked) => {
    if (asked.refused !== null && (failures += 1) <= 2) throw new Error("the network is away");
    return holder.token(asked);
  };
  const log = followBy(token, pathOf(created));
  await untilOpen(log);
  await holder.untilRunOut();
  await proxy.reset({ only: "streams" });
  await play(sara, fahad, {}, created);
  await assertComplete(log, sara, `challenges/${created.id}`);
  const failed = log.statuses.filter(({ reason }) => reason === "no_token");
  assert.ok(failed.length >= 1);
  assert.equal(failed[0].detail, "the network is away");
});

test("a callback that does not answer is given up, and a closed connection does not wait for it", async () => {
  const { id } = await sara.challenge(fahad);
  const log = followBy(() => new Promise(() => {}), pathOf({ id }), { timings: { ...timings, tokenMs: 100 } });
  await until(() => log.statuses.some(({ reason }) => reason === "no_token"), "the failure");
  assert.match(log.statuses.at(-1).detail, /has not answered within 100 ms/);
  log.connection.close();
  const { length } = log.statuses;
  const waiting = followBy(() => new Promise(() => {}), pathOf({ id }));
  waiting.connection.close();
  await untilClosed(waiting);
  assert.equal(log.statuses.length, length);
});

test("what is no token is refused at once, or reported if a callback returns it", async () => {
  const { id } = await sara.challenge(fahad);
  for (const token of [7, {}, "Bearer abc", "a\nb"]) {
    assert.throws(() => followBy(token, pathOf({ id })), /A token is a string without blanks/);
  }
  const log = followBy(() => ({ access: "abc" }), pathOf({ id }));
  await until(() => log.statuses.some(({ reason }) => reason === "no_token"), "the failure");
});

test("each new connection asks who is signed in now", async () => {
  const holders = { sara: await TokenHolder.signIn(sara), fahad: await TokenHolder.signIn(fahad) };
  let present = "sara";
  const token = (asked) => holders[present].token(asked);
  const hers = followBy(token, NOTIFICATIONS);
  await untilOpen(hers);
  present = "fahad";
  const his = followBy(token, NOTIFICATIONS);
  await untilOpen(his);
  const { id } = await sara.challenge(fahad);
  await until(() => his.messages.at(-1)?.payload.id === id, "his invite");
  assert.deepEqual(hers.messages, []);
});

test("cookies are left out where there is a token, unless the page wants them", async () => {
  const { id } = await sara.challenge(fahad);
  const holder = await TokenHolder.signIn(sara);
  const sent = async (options) => {
    let seen = null;
    const log = sara.follow(pathOf({ id }), { ...options, fetch: (url, init) => (seen = init) && sara.fetch(url, init) });
    await untilOpen(log);
    return [seen.credentials, Boolean(seen.headers.Authorization)];
  };
  assert.deepEqual(await sent({}), ["include", false]);
  assert.deepEqual(await sent({ token: holder.token }), ["omit", true]);
  assert.deepEqual(await sent({ token: holder.access, credentials: "include" }), ["include", true]);
  assert.deepEqual(await sent({ credentials: "same-origin" }), ["same-origin", false]);
});
