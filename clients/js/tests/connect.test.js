import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { withoutMode } from "./support/messages.js";
import { closeAll, Player, play } from "./support/players.js";
import { Service } from "./support/service.js";
import { until } from "./support/until.js";

let service, sara, fahad;

before(async () => {
  service = await Service.start();
});
// One invite of a type can wait between two people, so each test has people of its own.
beforeEach(async () => {
  sara = await Player.register(service, "sara");
  fahad = await Player.register(service, "fahad");
});
afterEach(closeAll);
after(() => service.stop());

test("a stream begins with a snapshot, and each later message comes once", async () => {
  const created = await sara.challenge(fahad);
  const log = sara.follow(`/sse/challenges/${created.id}/`);
  await until(() => log.messages.length, "the snapshot");
  await play(sara, fahad, {}, created);
  await until(() => log.messages.at(-1).type === "challenge.end", "the end");
  const [snapshot, ...rest] = log.messages;
  assert.equal(snapshot.mode, "snapshot");
  assert.deepEqual(rest.map(withoutMode), await sara.events(`challenges/${created.id}`, snapshot.id));
  assert.equal(log.connection.lastEventId, rest.at(-1).id);
  assert.equal(log.connection.staleForSeconds, 0);
});

test("a stream closes behind the last message of its challenge, and does not come back", async () => {
  const created = await sara.challenge(fahad);
  const log = sara.follow(`/sse/challenges/${created.id}/`);
  await until(() => log.messages.length, "the snapshot");
  await play(sara, fahad, {}, created);
  await until(() => log.connection.status === "closed", "the end");
  assert.equal(log.messages.at(-1).type, "challenge.end");
  const { status, reason } = log.statuses.at(-1);
  assert.deepEqual([status, reason], ["closed", "over"]);
  await new Promise((end) => setTimeout(end, 500));
  assert.deepEqual(
    log.statuses.map((reported) => reported.status),
    ["connecting", "open", "closed"],
  );
});

test("a stream that is closed here reports it", async () => {
  const created = await sara.challenge(fahad);
  const log = sara.follow(`/sse/challenges/${created.id}/`);
  await until(() => log.connection.status === "open", "the stream");
  log.connection.close();
  assert.deepEqual(
    log.statuses.map(({ status }) => status),
    ["connecting", "open", "closing", "closed"],
  );
});

test("a WebSocket's address is accepted, with the id to begin behind", async () => {
  const id = await play(sara, fahad);
  const log = fahad.follow(`/ws/challenges/${id}/?last_event_id=3`, {
    at: { url: service.url.replace("http", "ws") },
  });
  const expected = await fahad.events(`challenges/${id}`, 3);
  await until(() => log.messages.length >= expected.length, "the messages after the third");
  assert.deepEqual(log.messages.map(withoutMode), expected);
  assert.ok(log.messages.every(({ mode }) => mode === "replay"));
});

test("a new attempt reports no `via` before it is open", async () => {
  const { id } = await sara.challenge(fahad);
  const log = sara.follow(`/sse/challenges/${id}/`);
  await until(() => log.connection.status === "open", "the stream");
  log.connection.reconnect();
  await until(() => log.statuses.length === 4, "the next stream");
  const reported = log.statuses.map(({ status, via }) => [status, via]);
  assert.deepEqual(reported, [["connecting", undefined], ["open", "stream"], ["connecting", undefined], ["open", "stream"]]);
});

test("notifications begin at their head, and resume there before any message has come", async () => {
  await sara.challenge(fahad);
  const log = fahad.follow("/sse/challenges/notifications/");
  await until(() => log.connection.status === "open", "the stream");
  assert.ok(log.connection.lastEventId >= 1);
  assert.deepEqual(log.messages, []);
  log.connection.cut();
  await until(() => log.connection.status !== "open", "the cut");
  const { id } = await sara.challenge(fahad, "speed_challenge_5min");
  await until(() => log.messages.length, "the invite");
  assert.equal(log.messages[0].type, "new_challenge_invite");
  assert.equal(log.messages[0].payload.id, id);
  assert.equal(log.messages.length, 1);
});

test("a refused connection closes with the service's explanation", async () => {
  const { id } = await sara.challenge(fahad);
  const stranger = await Player.register(service, "stranger");
  const nobody = new Player(service.url, "nobody");
  for (const [player, path, status] of [
    [stranger, `/sse/challenges/${id}/`, 403],
    [stranger, "/sse/challenges/987654/", 404],
    [nobody, `/sse/challenges/${id}/`, 401],
  ]) {
    const log = player.follow(path);
    await until(() => log.connection.status === "closed", `the refusal ${status}`);
    const last = log.statuses.at(-1);
    assert.equal(last.http, status);
    assert.match(last.detail, /\.$/);
  }
});

test("signing out closes the connection for good", async () => {
  const leaver = await Player.register(service, "leaver");
  const log = leaver.follow("/sse/challenges/notifications/");
  await until(() => log.connection.status === "open", "the stream");
  await leaver.post("/api/v1/auth/logout/");
  await until(() => log.connection.status === "closed", "the end");
  assert.equal(log.statuses.at(-1).reason, "signed_out");
});

test("a finished challenge closes when it is resumed at its end", async () => {
  const id = await play(sara, fahad);
  const log = sara.follow(`/sse/challenges/${id}/`);
  await until(() => log.messages.length, "the snapshot");
  log.connection.cut();
  await until(() => log.connection.status === "closed", "the end");
  assert.equal(log.statuses.at(-1).reason, "over");
  assert.equal(log.messages.length, 1);
});

test("send marks the player ready, and rejects with the reason of a refusal", async () => {
  const { id } = await sara.challenge(fahad);
  const log = sara.follow(`/sse/challenges/${id}/`);
  await until(() => log.messages.length, "the snapshot");
  const answer = await log.connection.send({ type: "mark_ready" });
  assert.equal(answer.user_status, "ready");
  await until(() => log.messages.some(({ type }) => type === "participant.update"), "the update");
  await assert.rejects(log.connection.send({ type: "dance" }), /cannot be sent here/);
  await sara.act(id, "cancel");
  await assert.rejects(log.connection.send({ type: "mark_ready" }), { status: 400, message: /ready/i });
});

test("an address that is no stream throws", () => {
  assert.throws(() => sara.follow("/api/v1/users/me/"), /is no stream/);
});

test("a last event id that is no number throws, since it would fail the stream of all tabs", () => {
  const path = "/sse/challenges/1/";
  for (const lastEventId of ["12.45_n.3", "undefined", -1, 1.5, NaN, 1e21]) {
    assert.throws(() => sara.follow(path, { lastEventId }), /is no message id/, String(lastEventId));
  }
  assert.throws(() => sara.follow(`${path}?last_event_id=abc`), /is no message id/);
  for (const [lastEventId, expected] of [[undefined, null], [null, null], ["", null], [0, 0], ["41", 41]]) {
    assert.equal(sara.follow(path, { lastEventId }).connection.lastEventId, expected);
  }
});

test("a callback that throws does not stop the messages behind it", async (context) => {
  const reported = context.mock.method(console, "error", () => {});
  const { id } = await sara.challenge(fahad);
  const seen = [];
  const log = sara.follow(`/sse/challenges/${id}/`, {
    onMessage: (message) => {
      seen.push(message.type);
      throw new Error("a mistake of the page");
    },
  });
  await until(() => seen.length === 1, "the snapshot");
  await fahad.act(id, "accept");
  await until(() => seen.length === 2, "the next message");
  assert.equal(reported.mock.callCount(), 2);
});

test("a connection closed in a callback reports nothing more, and leaves no stream open", async () => {
  const { id } = await sara.challenge(fahad);
  for (const event of ["connecting", "open", "closing", "message"]) {
    const after = [];
    let ended = null;
    const record = (name) => {
      if (ended) after.push(name);
      if (name !== event) return;
      ended ??= performance.now();
      log.connection.close();
    };
    const streams = [];
    const log = sara.follow(`/sse/challenges/${id}/`, {
      fetch: (url, init) => streams.push(init.signal) && sara.fetch(url, init),
      onMessage: () => record("message"),
      onStatus: (status) => record(status),
    });
    await until(() => streams.length || ended, "the stream");
    if (event === "closing") log.connection.close();
    await until(() => ended, event);
    assert.equal(log.connection.status, "closed");
    assert.deepEqual(after, event === "closing" ? ["closed"] : ["closing", "closed"], event);
    assert.ok(streams.every(({ aborted }) => aborted), `closed while ${event}`);
  }
});
