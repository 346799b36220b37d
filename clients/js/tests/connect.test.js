import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { closeAll, Player, play } from "./support/players.js";
import { Service } from "./support/service.js";
import { until } from "./support/until.js";

let service, sara, fahad;

before(async () => {
  service = await Service.start();
  sara = await Player.register(service, "sara");
  fahad = await Player.register(service, "fahad");
});
afterEach(closeAll);
after(() => service.stop());

const bare = ({ id, type, payload }) => ({ id, type, payload });

test("a stream opens with a snapshot and brings what follows, each message once", async () => {
  const created = await sara.challenge(fahad);
  const log = sara.follow(`/sse/challenges/${created.id}/`);
  await until(() => log.messages.length, "the snapshot");
  await play(sara, fahad, {}, created);
  await until(() => log.messages.at(-1).type === "challenge.end", "the end");
  const [snapshot, ...rest] = log.messages;
  assert.equal(snapshot.mode, "snapshot");
  assert.deepEqual(rest.map(bare), await sara.events(`challenges/${created.id}`, snapshot.id));
  assert.equal(log.connection.status, "open");
  assert.equal(log.connection.lastEventId, rest.at(-1).id);
  assert.equal(log.connection.staleForSeconds, 0);
  log.connection.close();
  assert.deepEqual(
    log.statuses.map(({ status }) => status),
    ["connecting", "open", "closing", "closed"],
  );
});

test("the address of a WebSocket is taken too, and a place to begin", async () => {
  const id = await play(sara, fahad);
  const log = fahad.follow(`/ws/challenges/${id}/?last_event_id=3`, {
    at: { url: service.url.replace("http", "ws") },
  });
  const expected = await fahad.events(`challenges/${id}`, 3);
  await until(() => log.messages.length >= expected.length, "what followed the third");
  assert.deepEqual(log.messages.map(bare), expected);
  assert.ok(log.messages.every(({ mode }) => mode === "replay"));
});

test("a try that begins says nothing of the way by which the one before came", async () => {
  const { id } = await sara.challenge(fahad);
  const log = sara.follow(`/sse/challenges/${id}/`);
  await until(() => log.connection.status === "open", "the stream");
  log.connection.reconnect();
  await until(() => log.statuses.length === 4, "the next one");
  const told = log.statuses.map(({ status, via }) => [status, via]);
  assert.deepEqual(told, [["connecting", undefined], ["open", "stream"], ["connecting", undefined], ["open", "stream"]]);
});

test("notifications open at their head and keep their place without a message", async () => {
  await sara.challenge(fahad);
  const log = fahad.follow("/sse/challenges/notifications/");
  await until(() => log.connection.status === "open", "the stream");
  assert.ok(log.connection.lastEventId >= 1);
  assert.deepEqual(log.messages, []);
  log.connection.cut();
  await until(() => log.connection.status !== "open", "the cut");
  const { id } = await sara.challenge(fahad);
  await until(() => log.messages.length, "the invite");
  assert.equal(log.messages[0].type, "new_challenge_invite");
  assert.equal(log.messages[0].payload.id, id);
  assert.equal(log.messages.length, 1);
});

test("what is refused is closed, with the service's own words", async () => {
  const { id } = await sara.challenge(fahad);
  const stranger = await Player.register(service, "stranger");
  const nobody = new Player(service.url, "nobody");
  for (const [who, path, status] of [
    [stranger, `/sse/challenges/${id}/`, 403],
    [stranger, "/sse/challenges/987654/", 404],
    [nobody, `/sse/challenges/${id}/`, 401],
  ]) {
    const log = who.follow(path);
    await until(() => log.connection.status === "closed", `the refusal ${status}`);
    const last = log.statuses.at(-1);
    assert.equal(last.http, status);
    assert.match(last.detail, /\.$/);
  }
});

test("signing out closes for good", async () => {
  const leaver = await Player.register(service, "leaver");
  const log = leaver.follow("/sse/challenges/notifications/");
  await until(() => log.connection.status === "open", "the stream");
  await leaver.post("/api/v1/auth/logout/");
  await until(() => log.connection.status === "closed", "the end");
  assert.equal(log.statuses.at(-1).reason, "signed_out");
});

test("a challenge that is over closes when it is resumed at its end", async () => {
  const id = await play(sara, fahad);
  const log = sara.follow(`/sse/challenges/${id}/`);
  await until(() => log.messages.length, "the snapshot");
  log.connection.cut();
  await until(() => log.connection.status === "closed", "the end");
  assert.equal(log.statuses.at(-1).reason, "over");
  assert.equal(log.messages.length, 1);
});

test("send marks ready by REST, and says why when it cannot", async () => {
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

test("an address that is no stream is refused at once", () => {
  assert.throws(() => sara.follow("/api/v1/users/me/"), /is no stream/);
});

test("a place that is none is refused at once: on a shared stream it would be everybody's", () => {
  const path = "/sse/challenges/1/";
  for (const lastEventId of ["12.45_n.3", "undefined", -1, 1.5, NaN, 1e21]) {
    assert.throws(() => sara.follow(path, { lastEventId }), /is no place/, String(lastEventId));
  }
  assert.throws(() => sara.follow(`${path}?last_event_id=abc`), /is no place/);
  for (const [lastEventId, place] of [[undefined, null], [null, null], ["", null], [0, 0], ["41", 41]]) {
    assert.equal(sara.follow(path, { lastEventId }).connection.lastEventId, place);
  }
});

test("a callback that fails costs no message", async (context) => {
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

test("what closes itself in a callback is told nothing more, and holds nothing", async () => {
  const { id } = await sara.challenge(fahad);
  for (const word of ["connecting", "open", "closing", "message"]) {
    const after = [];
    let ended = null;
    const say = (what) => {
      if (ended) after.push(what);
      if (what !== word) return;
      ended ??= performance.now();
      log.connection.close();
    };
    const streams = [];
    const log = sara.follow(`/sse/challenges/${id}/`, {
      fetch: (url, init) => streams.push(init.signal) && sara.fetch(url, init),
      onMessage: () => say("message"),
      onStatus: (status) => say(status),
    });
    await until(() => streams.length || ended, "the stream");
    if (word === "closing") log.connection.close();
    await until(() => ended, word);
    assert.equal(log.connection.status, "closed");
    assert.deepEqual(after, word === "closing" ? ["closed"] : ["closing", "closed"], word);
    assert.ok(streams.every(({ aborted }) => aborted), `closed while ${word}`);
  }
});
