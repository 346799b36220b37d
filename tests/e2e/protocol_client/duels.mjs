// Plays challenges while both players follow them on every transport, then reads what each has received.

import { check, pause, random, same } from "./claims.mjs";
import { Log, followByPolling, followBySse, followByWebSocket, followMultiplexed } from "./followers.mjs";
import { CHALLENGES } from "./person.mjs";

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;
const SECRET = ["correct_answer", "explanation", "solution_method_summary"];

// Have a person follow a challenge everywhere; resolves with the logs, once it is over.
export async function follow(person, challengeId) {
  const shared = { texts: {} };
  const name = `challenges/${challengeId}`;
  const [header, query, several, socket, polled] = ["header", "query", "several", "socket", "polled"].map(
    (transport) => new Log(person, transport, shared),
  );
  query.cursor = socket.cursor = 0; // from the beginning; the others begin with a snapshot
  const notifications = new Log(person, "several", { texts: {}, isNotifications: true });
  await Promise.all([
    followBySse(header, `/sse/${name}/`, true),
    followBySse(query, `/sse/${name}/`, false),
    followMultiplexed(person, { [name]: several, notifications }),
    followByWebSocket(socket, `/ws/${name}/`),
    followByPolling(polled, challengeId),
  ]);
  const ids = polled.messages.map((message) => message.id);
  same("S5", ids, Array.from(ids, (_, index) => index + 1));
  for (const log of [header, query, several, socket]) {
    const first = log.messages[0].id;
    same("S5", log.messages.map((message) => message.id), ids.slice(ids.indexOf(first)));
  }
  return { person, messages: polled.messages, snapshots: [header, several].map((log) => log.messages[0]) };
}

export async function followNotifications(person, expected) {
  const shared = { texts: {}, isNotifications: true, expected };
  const [stream, socket, polled] = ["header", "socket", "polled"].map((name) => new Log(person, name, shared));
  stream.cursor = socket.cursor = 0;
  await Promise.all([
    followBySse(stream, "/sse/challenges/notifications/", true),
    followByWebSocket(socket, "/ws/challenges/notifications/"),
    followByPolling(polled, null),
  ]);
  return polled.messages;
}

export async function play(first, second, challengeId) {
  for (const player of [first, second]) {
    const { body } = await player.act(challengeId, "ready");
    same("R2", body.user_status, "ready");
  }
  const { questions } = (await first.get(`${CHALLENGES}${challengeId}/`)).body;
  const answer = async (player) => {
    for (const { id } of questions) {
      const body = { question_id: id, selected_answer: "ABCD"[random(0, 4)] };
      const given = await player.act(challengeId, "answer", body);
      const again = await player.act(challengeId, "answer", body);
      same("R11", again.body.is_correct, given.body.is_correct);
      await pause(random(0, 25));
    }
  };
  await Promise.all([answer(first), answer(second)]);
}

// What docs/protocol.md says of the messages of one challenge, as one of its players has received them.
export function examine({ person, messages, snapshots }) {
  const mine = new Set();
  messages.forEach(({ type, payload }, index) => {
    const next = messages[index + 1];
    if (type === "answer.result") {
      const keys = ["current_score", "is_correct", "question_id", "selected_answer", "user_id"];
      same("M5", Object.keys(payload).sort(), keys);
      same("M12", [next.type, next.payload.user.id], ["participant.update", payload.user_id]);
      same("M12", next.payload.score, payload.current_score);
      if (payload.user_id === person.id) mine.add(payload.question_id);
      else same("M19", payload.selected_answer !== null, mine.has(payload.question_id));
    }
    if (type === "participant.update") same("M3", payload.userId, payload.user.id);
    if (type === "challenge.start") {
      same("M4", [payload.status, payload.questions.length], ["ongoing", payload.challenge_config.num_questions]);
      const before = messages[index - 1];
      same("M13", [before.type, before.payload.is_ready], ["participant.update", true]);
    }
    if (type === "challenge.end") same("M13", [payload.status, next], ["completed", undefined]);
  });
  for (const { type, payload } of [...messages, ...snapshots]) if ("challenge_config" in payload) detail(person, type, payload);
  check("M2", messages[0].type === "challenge.update", messages[0]);
}

function detail(person, type, payload) {
  const isEnded = payload.status === "completed";
  const own = payload.attempts.find((attempt) => attempt.user.id === person.id);
  const other = payload.attempts.find((attempt) => attempt.user.id !== person.id);
  // Of a search that somebody else made, the first messages are from before one took part.
  same("M15", [payload.user_is_participant, payload.user_score], [own !== undefined, own?.score ?? null]);
  if (own && other) same("M15", payload.opponent_score, other.score);
  if (isEnded) same("M15", payload.user_is_winner, payload.winner && payload.winner.id === person.id);
  if (isEnded) same("M6", type === "challenge.update" || type === "challenge.end", true);
  same("M17", payload.questions.length > 0, ["ongoing", "completed"].includes(payload.status));
  for (const question of payload.questions) {
    for (const name of SECRET) if (!isEnded) same("M18", [question[name], question.markup?.[name] ?? null], [null, null]);
    if (isEnded) check("M18", question.correct_answer !== null, question);
    if (!isEnded && !payload.challenge_config.allow_hints) same("M18", question.hint, null);
    const theirs = question.opponent_answer_details;
    if (theirs) same("M16", theirs.selected_choice !== null, isEnded);
  }
  for (const [name, value] of Object.entries(payload))
    if (/_(at|time)$/.test(name) && value !== null) check("M23", TIME.test(value), name, value);
  for (const { user } of payload.attempts) check("M22", "full_name" in user && "grade" in user, user);
}
