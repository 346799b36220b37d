// The open duel. What is on the screen comes from its stream alone: an answer to a call may be
// older than a message that has overtaken it, so of those only refusals are shown.

import { startClock, stopClock, syncClock } from "./countdown.js";
import { follow } from "../streams.js";
import { $, announce, attempt, say } from "../rendering.js";
import { isOver, reduce, theirs, viewOf } from "./duel-state.js";
import { outboxOf } from "./saved-answers.js";
import { paintQuestion, resetQuestion } from "./question.js";
import { paintResult } from "./result.js";
import { call, challengePath, create } from "../api.js";
import { check } from "../session.js";
import { text } from "../texts.js";
import { problemOf, show } from "../views.js";
import { paintLoading, paintWaiting } from "./waiting-room.js";

// Opening usually takes less, and then nothing should flicker.
const PATIENCE_MS = 400;

let id, me, stream, state, outbox, loading;

/** Follow a duel as `viewer`. */
export function openDuel(challengeId, viewer) {
  closeDuel();
  [id, me] = [challengeId, viewer];
  const isShown = () => challengeId === id; // its answers go on their way also when it is not
  outbox = outboxOf(id, me, {
    refused: (error) => isShown() && answerRefused(error),
    changed: () => isShown() && render(),
  });
  loading = setTimeout(showLoading, PATIENCE_MS);
  stream = follow(`sse/challenges/${id}/`, { onMessage: receive, onStatus: statusChanged });
}

export function closeDuel() {
  clearTimeout(loading);
  stream?.close();
  stopClock();
  resetQuestion();
  stream = outbox = state = id = undefined;
}

function receive(message) {
  const before = state;
  state = reduce(state, message, me.id);
  if (state && message.type === "error") say(problemOf(viewOf(state)), message.payload.detail);
  if (!state || state === before) return;
  clearTimeout(loading);
  if (before?.status !== state.status) turned(before);
  tellAnswer(message);
  render();
}

function turned(before) {
  say(problemOf("waiting"), "");
  if (state.status === "ongoing") {
    startClock(id, state);
    if (before) announce(text("it_started"));
  } else stopClock();
  if (!isOver(state)) return;
  // It has told everything.
  stream.close();
  outbox.close();
}

function tellAnswer({ type, payload }) {
  if (type !== "answer.result") return;
  if (payload.user_id === me.id) return announce(text(payload.is_correct ? "right" : "wrong"));
  const number = state.questions.findIndex((question) => question.id === payload.question_id) + 1;
  const name = theirs(state, me.id).user.username;
  announce(text(payload.is_correct ? "rival_right" : "rival_wrong", { name, number }));
}

function statusChanged(status, { status: code, detail }) {
  if (status === "open") {
    outbox.hurry();
    if (state) syncClock();
  }
  if (status !== "closed" || (state && isOver(state))) return;
  if ([403, 404].includes(code)) showNothing(text("not_yours"));
  else if (code >= 400 && code !== 401) showNothing(detail ?? text("connection_ended"));
}

function showLoading() {
  paintLoading();
  show("waiting");
}

/** There is no such duel, or it is not for this person. */
function showNothing(why) {
  clearTimeout(loading);
  stream.close();
  say($("over-title"), why);
  say($("over-text"), "");
  show("over");
}

function answerRefused(error) {
  say(problemOf("question"), error.message);
  if (error.status === 401) check();
}

const answer = (questionId, choice, seconds) => {
  say(problemOf("question"), "");
  outbox.put(questionId, { selected_answer: choice, time_taken_seconds: seconds });
};

/** What a button of the waiting room, or of the result, does. */
const act = (name) => (event) =>
  attempt(event.currentTarget, problemOf(viewOf(state)), async () => {
    if (name === "rematch") {
      const made = await create(undefined, challengePath(id, "rematch/"));
      location.hash = `challenge-${made.id}`;
    } else await call("POST", challengePath(id, `${name}/`));
  });

function render() {
  if (!state || !id) return;
  const name = viewOf(state);
  if (name === "waiting") paintWaiting(state, me.id, act);
  else if (name === "question") paintQuestion(state, me.id, outbox, answer);
  else if (name === "result") paintResult(state, me.id, act);
  else paintOver();
  show(name);
}

function paintOver() {
  say($("over-title"), text("it_is_over"));
  say($("over-text"), text(`over_${state.status}`));
}

addEventListener("online", () => outbox?.hurry());
