// Followers of a challenge or of notifications on each transport, which are cut at random bytes.

import { check, pause, random, same } from "./claims.mjs";
import { CHALLENGES, NOTIFICATIONS } from "./person.mjs";
import { readEvents } from "./sse.mjs";
import { WebSocketClient } from "./websocket.mjs";

const FINAL = ["completed", "declined", "cancelled", "expired"];
const CUTS = 12;

export const isLast = ({ type, payload }) => type.startsWith("challenge.") && FINAL.includes(payload.status);

// What one person received of one topic over one transport; `shared` has what others of them received.
export class Log {
  messages = [];
  cursor = null;
  isOver = false;
  #head = 0;
  #cuts = CUTS;

  constructor(person, transport, shared) {
    Object.assign(this, { person, transport, shared });
  }

  cutAfter() {
    return this.#cuts-- > 0 ? random(1, 9000) : Infinity;
  }

  // `sent` is the cursor with which the connection was opened, or null.
  opened({ state, mode, after, head }, sent) {
    check("S9", state === "open" && Number.isInteger(head), this.transport);
    if (sent === null) same(this.shared.isNotifications ? "S10" : "S9", [mode, after], ["snapshot", head]);
    else same("S11", [mode, after], ["resumed", sent]);
    this.#head = head;
    if (this.shared.isNotifications) this.cursor ??= after;
  }

  take(id, message) {
    check("M1", typeof message.type === "string" && typeof message.payload === "object", message);
    if (this.cursor === null) {
      same("S9", [id, message.type], [this.#head, "challenge.update"]);
      check("M21", Math.abs(Date.now() - Date.parse(message.payload.server_time)) < 5000, message.payload);
      this.messages.push({ id, ...message, isSnapshot: true });
    } else {
      check("S5", id === this.cursor + 1, this.transport, this.cursor, id);
      const text = JSON.stringify([message.type, message.payload]);
      check("M20", (this.shared.texts[id] ??= text) === text, this.transport, id);
      this.messages.push({ id, ...message, isSnapshot: false });
    }
    this.cursor = id;
  }
}

export async function followBySse(log, path, isInHeader) {
  while (!log.isOver) {
    const sent = log.cursor;
    const isResumed = sent !== null;
    const headers = isResumed && isInHeader ? { "Last-Event-ID": log.cursor } : {};
    const address = isResumed && !isInHeader ? `${path}?last_event_id=${log.cursor}&_=${random(0, 99)}` : path;
    const { status, said } = await readEvents(log.person, address, {
      headers,
      cutAfter: log.cutAfter(),
      onHead: (_, names) => same("U1", Number(names["viewer-id"]), log.person.id),
      onBlock({ names, event, id, data, isControl }) {
        if (isControl) {
          if (data.state !== "open") return;
          log.opened(data, sent);
          if (id !== undefined) same("S16", [Number(id), names.filter((n) => n !== "retry")[0]], [log.cursor, "id"]);
        } else {
          same("S6", [event, names.join()], [undefined, "data,id"]);
          same("M1", Object.keys(data), ["type", "payload"]);
          log.take(Number(id), data);
          if (log.shared.isNotifications && log.messages.length >= log.shared.expected) log.isOver = true;
        }
        if (log.isOver) return false;
      },
    });
    if (said.at(-1)?.state === "over") check("S20", isLast(log.messages.at(-1)), log.messages.at(-1));
    else if (status !== 204) continue; // it was cut
    log.isOver = true;
    const asked = (headers) => readEvents(log.person, path, { headers, onBlock: () => true });
    const fresh = await asked({});
    same("S21", fresh.said.map(({ state }) => state), ["open", "over"]);
    const again = await asked({ "Last-Event-ID": log.cursor });
    check("S22", again.status === 204 && isLast(log.messages.at(-1)), again.status);
  }
}

// The topics of a vector cursor, each with its number.
function places(vector) {
  const parts = vector ? vector.split("_").map((part) => part.split(".")) : [];
  return Object.fromEntries(parts.map(([n, seq]) => [n === "n" ? "notifications" : `challenges/${n}`, Number(seq)]));
}

// Several topics: `logs` by their names. Ends when the challenges are over.
export async function followMultiplexed(person, logs) {
  const names = Object.keys(logs);
  let last = "";
  const challenges = names.filter((name) => name !== "notifications");
  const pace = logs[challenges[0]];
  while (!challenges.every((name) => logs[name].isOver)) {
    const headers = last ? { "Last-Event-ID": last } : {};
    const sent = places(last);
    await readEvents(person, `/sse/stream/?topics=${names}`, {
      headers,
      cutAfter: pace.cutAfter(),
      onBlock({ event, id, data, isControl }) {
        if (id !== undefined) last = id;
        check("V5", /^[A-Za-z0-9._]{0,192}$/.test(last), last);
        if (isControl && data.state === "open") logs[data.topic].opened(data, sent[data.topic] ?? null);
        if (isControl && data.state === "over") {
          check("V10", isLast(logs[data.topic].messages.at(-1)), data);
          logs[data.topic].isOver = true;
        }
        if (!isControl) {
          const vector = places(id);
          check("V3", event in logs, event);
          logs[event].take(vector[event], data);
          for (const name of names.filter((name) => logs[name].cursor !== null))
            same("V4", vector[name], logs[name].cursor);
        }
        return !challenges.every((name) => logs[name].isOver);
      },
    });
  }
}

export async function followByWebSocket(log, path) {
  while (!log.isOver) {
    const sent = log.cursor;
    const place = sent === null ? "" : `&last_event_id=${sent}`;
    const client = new WebSocketClient((message, socket) => {
      if (message.type === "stream") {
        same("W1", Object.keys(message), ["type", "payload"]);
        if (message.payload.state === "open") log.opened(message.payload, sent);
        if (message.payload.state !== "over") return;
        check("W3", isLast(log.messages.at(-1)), log.messages.at(-1));
        socket.send({ type: "mark_ready" }); // it is open still
      } else if (message.type === "error") {
        same("W5", Object.keys(message), ["type", "payload"]);
        log.isOver = true;
        socket.close();
      } else {
        same("W1", Object.keys(message).sort(), ["id", "payload", "type"]);
        log.take(message.id, message);
        log.isOver = log.shared.isNotifications && log.messages.length >= log.shared.expected;
        if (log.isOver) socket.close();
      }
    });
    await client.open(log.person, `${path}?ids=1${place}`, log.cutAfter());
    check("W2", client.code !== 1002, client.code);
  }
}

export async function followByPolling(log, challengeId) {
  const path = challengeId === null ? NOTIFICATIONS : `${CHALLENGES}${challengeId}/events/`;
  log.cursor = 0;
  while (!log.isOver) {
    const { body } = await log.person.get(`${path}?after=${log.cursor}`);
    same("P1", [Object.keys(body).sort(), body.reset], [["events", "head", "reset"], false]);
    check("P1", body.events.length <= 50, body.events.length);
    for (const { id, ...message } of body.events) log.take(id, message);
    const last = log.messages.at(-1);
    if (challengeId === null) log.isOver = log.messages.length >= log.shared.expected;
    else log.isOver = last !== undefined && log.cursor === body.head && isLast(last);
    await pause(15);
  }
}
