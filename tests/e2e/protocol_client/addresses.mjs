// What single requests show: refusals, cursors of every kind, tickets, polling, what a socket takes.

import { check, pause, same } from "./claims.mjs";
import { CHALLENGES, NOTIFICATIONS, Person } from "./person.mjs";
import { readEvents } from "./sse.mjs";
import { WebSocketClient } from "./websocket.mjs";

// Open a stream and leave it after `blocks` blocks.
async function begin(person, path, headers = {}, blocks = 2) {
  const found = [];
  const { status } = await readEvents(person, path, {
    headers,
    onBlock: (block) => found.push(block) < blocks,
  });
  return { status, found, opened: found[0]?.data };
}

// What a socket receives until `count` messages or its close.
async function socketSays(person, path, count, { then = [], headers = {} } = {}) {
  const said = [];
  const client = new WebSocketClient(
    (message, socket) => said.push(message) >= count && socket.close(),
    (socket) => then.forEach((send) => send(socket)),
  );
  await client.open(person, path, Infinity, headers);
  return { said, code: client.code, status: client.status };
}

export async function refusals(player, stranger, id) {
  const nobody = new Person(player.base, "nobody");
  for (const [claim, person, number, status, code] of [
    ["S1", nobody, id, 401, 4001],
    ["S2", stranger, id, 403, 4003],
    ["S3", player, 999999, 404, 4004],
  ]) {
    const refused = await person.get(`/sse/challenges/${number}/`);
    same(claim, [refused.status, Object.keys(refused.body)], [status, ["detail"]]);
    same(claim, (await socketSays(person, `/ws/challenges/${number}/?ids=1`, 1)).code, code);
  }
  same("R3", (await stranger.get(`${CHALLENGES}${id}/`)).status, 404);
  same("R3", (await nobody.get(`${CHALLENGES}${id}/`)).status, 401);
  same("R3", (await player.act(id, "accept")).status, 403); // the challenger may see it
  const bad = await player.call("POST", CHALLENGES, { challenge_type: "none" });
  same("R2", [bad.status, Object.keys(bad.body)], [400, ["challenge_type"]]);
  const unknown = await player.call("POST", CHALLENGES, { challenge_type: "quick_quant_10", oponent: "x" });
  same("R4", [unknown.status, Object.keys(unknown.body)], [400, ["oponent"]]);
  same("R5", (await player.get(`${CHALLENGES}١/`)).status, 404);
  check("R1", /[\u0600-\u06ff]/.test((await nobody.get(`/ar${CHALLENGES}`)).body.detail), "not Arabic");
  same("W9", (await player.get(`/ws/challenges/${id}/`)).status, 426);
}

// A challenge with one message; the topic's head is 1.
export async function cursors(player, id) {
  const path = `/sse/challenges/${id}/`;
  const modes = async (query, headers) => {
    const { found, opened } = await begin(player, path + query, headers);
    return [opened.mode, opened.after, opened.head, Number(found[1]?.id)];
  };
  same("S9", await modes(""), ["snapshot", 1, 1, 1]);
  same("S11", await modes("?last_event_id=0"), ["resumed", 0, 1, 1]);
  same("S12", await modes("?last_event_id=999"), ["reset", 999, 1, 1]);
  for (const text of ["banana", "-1", "1.5", "٣"])
    same("S13", await modes(`?last_event_id=${encodeURIComponent(text)}`), ["reset", -1, 1, 1]);
  same("S14", (await begin(player, `${path}?last_event_id=x`)).status, 200);
  same("S15", await modes("?last_event_id=000"), ["resumed", 0, 1, 1]);
  const { opened } = await begin(player, `${path}?last_event_id=${"9".repeat(25)}`);
  check("S15", opened.after === Number(9223372036854775807n), opened);
  same("S17", await modes("?last_event_id=7", { "Last-Event-ID": "0" }), ["resumed", 0, 1, 1]);
  same("S17", await modes("?last_event_id=7", { "Last-Event-ID": "" }), ["reset", 7, 1, 1]);
  for (const name of ["lastEventId", "lastEventID", "Last-Event-ID"])
    same("S18", await modes(`?last_event_id=7&${name}=8&${name}=0`), ["resumed", 0, 1, 1]);
  same("S19", await modes("?last_event_id=0&_=17&utm=x"), ["resumed", 0, 1, 1]);
  const notifications = await begin(player, "/sse/challenges/notifications/?last_event_id=999", {}, 1);
  same("S12", [notifications.opened.mode, notifications.opened.after], ["reset", 999]);
}

export async function several(player, id, foreign) {
  const open = (query, headers, blocks) => begin(player, `/sse/stream/?topics=${query}`, headers, blocks);
  for (const query of ["", "x", "notifications,notifications", "challenges/12345678901", "a,".repeat(9)])
    same("V1", (await open(query)).status, 400);
  same("V2", (await open(`challenges/${id}&topics=notifications`)).status, 400);
  const resumed = await open(`challenges/${id},notifications`, { "Last-Event-ID": `${id}.0_77.3` }, 2);
  same("V6", resumed.found.map(({ data }) => data.mode), ["resumed", "snapshot"]);
  for (const text of ["banana", `${id}.0_${id}.0`, `${id}.0_`, `n.${"1".repeat(200)}`]) {
    const reset = await open(`challenges/${id}`, { "Last-Event-ID": text });
    same("V7", [reset.opened.mode, reset.opened.after], ["reset", -1]);
  }
  const both = await open(`challenges/${foreign},challenges/${id}`, { "Last-Event-ID": `${id}.999` }, 2);
  same("V8", both.opened.mode, "reset");
  same("V9", [both.found[1].data.state, both.found[1].data.status], ["refused", 403]);
  same("V9", (await open(`challenges/${foreign}`)).status, 403);
}

export async function sockets(player, id) {
  const path = `/ws/challenges/${id}/`;
  const [opened, snapshot] = (await socketSays(player, `${path}?ids=1&last_event_id=999`, 2)).said;
  same("W2", [opened.payload.mode, opened.payload.after, snapshot.id], ["reset", 999, 1]);
  for (const query of ["", "?ids=0", "?ids=true"]) {
    const { said } = await socketSays(player, path + query, 1);
    same("W4", [said[0].type, Object.keys(said[0]).length], ["challenge.update", 2]);
  }
  same("S7", (await socketSays(player, `${path}?last_event_id=0`, 1)).said.length, 1);
  const sent = [(s) => s.send("{"), (s) => s.send("[]"), (s) => s.send({ type: "x" }), (s) => s.sendBytes("7")];
  const { said } = await socketSays(player, `${path}?last_event_id=1`, 4, { then: sent });
  same("W6", said.map(({ type }) => type), Array(4).fill("error"));
  same("M7", Object.keys(said[0].payload), ["detail"]);
  const ready = await socketSays(player, `${path}?last_event_id=1`, 2, { then: [(s) => s.sendBytes({ type: "mark_ready" })] });
  const confirmed = ready.said.find(({ type }) => type === "ready_confirmation");
  same("W5", confirmed?.payload.user_status, "ready");
  same("W7", ready.said.length, 2); // the participant.update and the confirmation
  same("W8", (await socketSays(player, path, 9, { then: [(s) => s.send("x".repeat(4097))] })).code, 1009);
  same("A14", (await socketSays(player, path, 1, { headers: { Origin: "https://evil.example" } })).status, 403);
}

export async function tickets(player, id) {
  const nobody = new Person(player.base, "nobody");
  const stream = `/sse/challenges/${id}/`;
  const { body } = await player.call("POST", "/api/v1/auth/ticket/", { stream });
  same("T1", body.expires_in, 30);
  same("T1", (await begin(nobody, `${stream}?ticket=${body.ticket}`)).status, 200);
  same("T5", (await begin(nobody, `${stream}?ticket=${body.ticket}`)).status, 401);
  const other = `/ws/challenges/${id}/`;
  const { ticket } = (await player.call("POST", "/api/v1/auth/ticket/", { stream: other })).body;
  same("T2", (await socketSays(nobody, `${other}?ticket=${ticket}`, 1)).said.length, 1);
  same("T5", (await socketSays(nobody, `${other}?ticket=${ticket}`, 1)).code, 4001);
}

export async function polling(player, id) {
  for (const query of ["", "?after=999"]) {
    const { body, headers } = await player.get(`${CHALLENGES}${id}/events/${query}`);
    same("P2", [body.reset, body.events.map(({ type }) => type)], [true, ["challenge.update"]]);
    same("U1", Number(headers.get("viewer-id")), player.id);
  }
  same("P3", (await player.get(`${CHALLENGES}${id}/events/?after=x`)).status, 400);
  const { body } = await player.get(NOTIFICATIONS);
  same("P4", [body.reset, body.events], [true, []]);
  const key = { "Idempotency-Key": "one" };
  const create = (type) => player.call("POST", CHALLENGES, { challenge_type: type, opponent_username: "player4" }, key);
  const [first, again, other] = [await create("quick_quant_10"), await create("quick_quant_10"), await create("speed_challenge_5min")];
  same("R10", [first.body.id, other.status], [again.body.id, 400]);
}

export async function signingOut(person) {
  const path = "/ws/challenges/notifications/?ids=1";
  const stream = readEvents(person, "/sse/challenges/notifications/", { onBlock: () => true });
  const socket = socketSays(person, path, 9);
  await pause(300);
  same("A1", (await person.call("POST", "/api/v1/auth/logout/")).status, 204);
  const [{ said }, closed] = await Promise.all([stream, socket]);
  same("C6", [said.at(-1).state, said.at(-1).reason, closed.code], ["closing", "signed_out", 4001]);
  same("W3", closed.said.at(-1).payload.reason, "signed_out");
  check("C10", said.at(-1).retry_ms > 0, said);
}
