/** Players who act by REST, and logs of what their connections receive. */
import { randomUUID } from "node:crypto";
import { connect } from "../../src/index.js";

const CHALLENGES = "/api/v1/challenges/challenges";

const opened = new Set();

/** Close all connections after a test: an open one would keep the process alive. */
export function closeAll() {
  for (const connection of opened) connection.close();
  opened.clear();
}

export class Player {
  static async register(service, name = "p") {
    const player = new Player(service.url, `${name}${randomUUID().slice(0, 8)}`);
    await player.post("/api/v1/auth/register/", { username: player.username, password: "correct-horse-7" });
    return player;
  }

  constructor(url, username) {
    this.url = url;
    this.username = username;
    this.fetch = (address, init = {}) =>
      fetch(address, { ...init, headers: { ...init.headers, Cookie: this.cookie ?? "" } });
  }

  async get(path) {
    return (await this.fetch(this.url + path)).json();
  }

  async post(path, body) {
    const response = await this.fetch(this.url + path, {
      method: "POST",
      body: body && JSON.stringify(body),
      headers: body && { "Content-Type": "application/json" },
    });
    const cookie = response.headers.get("set-cookie");
    if (cookie) this.cookie = cookie.split(";")[0];
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return response.status === 204 ? null : response.json();
  }

  challenge(opponent, type = "quick_quant_10") {
    return this.post(`${CHALLENGES}/`, { challenge_type: type, opponent_username: opponent.username });
  }

  act(id, action, body) {
    return this.post(`${CHALLENGES}/${id}/${action}/`, body);
  }

  answer(id, question, choice) {
    return this.act(id, "answer", { question_id: question, selected_answer: choice });
  }

  detail(id) {
    return this.get(`${CHALLENGES}/${id}/`);
  }

  /** Return all messages of a topic after this sequence number, from the event log; `/ar` for Arabic texts. */
  async events(topic, after = 0, language = "") {
    const found = [];
    for (;;) {
      const page = await this.get(`${language}/api/v1/challenges/${topic}/events/?after=${found.at(-1)?.id ?? after}`);
      found.push(...page.events);
      if (!page.events.length || found.at(-1).id >= page.head) return found;
    }
  }

  /** Connect, through the proxy `at` if given, and log all that the connection reports. */
  follow(path, { at = this, ...options } = {}) {
    const log = { messages: [], statuses: [], frames: [] };
    log.connection = connect(at.url + path, {
      fetch: this.fetch,
      shared: false,
      onMessage: ({ type, payload }, { id, mode }) => log.messages.push({ id, type, payload, mode }),
      onStatus: (status, details) => log.statuses.push({ ...details, status, http: details.status }),
      onFrame: (frame) => log.frames.push(frame),
      ...options,
    });
    opened.add(log.connection);
    return log;
  }
}

/** Play a duel, a new one unless `created` is given, to its end by REST; await `between` before each answer. */
export async function play(one, other, { between = () => {}, isAccepted = false } = {}, created = null) {
  const { id } = created ?? (await one.challenge(other));
  if (!isAccepted) await other.act(id, "accept");
  await one.act(id, "ready");
  await other.act(id, "ready");
  const { questions } = await one.detail(id);
  for (const question of questions) {
    for (const player of [one, other]) {
      await between();
      await player.answer(id, question.id, "ABCD"[Math.floor(Math.random() * 4)]);
    }
  }
  return id;
}
