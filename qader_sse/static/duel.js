// The open challenge. What is on the screen comes from its stream alone: a REST answer may be
// older than a message that has overtaken it, so of those only refusals are shown.

import { $, arabic, attempt, button, el, logFrame, paint, say, showConnection } from "./page.js";
import { call, follow } from "./server.js";

const LABELS = { accept: "Accept", decline: "Decline", ready: "I am ready", cancel: "Cancel", rematch: "Rematch" };

let me, stream, challenge, current, onChange;
let clockOffset = -Infinity; // milliseconds from this device's clock to the server's

const api = (rest = "") => `api/v1/challenges/challenges/${challenge.id}/${rest}`;
const isOver = () => ["completed", "declined", "cancelled", "expired"].includes(challenge?.status);
const mine = () => challenge.attempts.find((attempt) => attempt.user.id === me.id);
const rival = () => challenge.attempts.find((attempt) => attempt.user.id !== me.id);
const rivalName = () => rival()?.user.username ?? "somebody";
const mark = (answer) => (!answer ? "open" : answer.is_correct ? "right" : "wrong");
const firstThat = (is) => Math.max(0, challenge.questions.findIndex((q) => is.includes(mark(q.user_answer_details))));

setInterval(showCountdown, 250);

/** Follow a challenge as `viewer`; `changed` is called when its status may be another. */
export function openDuel(id, viewer, changed) {
  closeDuel();
  [me, onChange] = [viewer, changed];
  $("duel-title").textContent = `Challenge ${id}`;
  $("duel").hidden = false;
  $("duel-title").focus();
  stream = follow(`sse/challenges/${id}/`, {
    frame: (...frame) => logFrame(`challenge ${id}`, ...frame),
    message: receive,
    state: (state) => (state === "closed" ? streamClosed(id) : showConnection("duel-connection", state)),
  });
}

export function closeDuel() {
  stream?.close();
  stream = challenge = undefined;
  $("duel").hidden = true;
  for (const slot of ["scores", "duel-actions", "question"]) paint($(slot), null, () => []);
  for (const text of ["duel-status", "rival-move", "duel-problem", "countdown"]) say(text, "");
}

function streamClosed(id) {
  // 204: a challenge that is over has nothing more to tell.
  if (isOver()) return showConnection("duel-connection", "finished");
  showConnection("duel-connection", "connection ended", stream.connect);
  // EventSource does not say why it was refused; the same question over REST does.
  attempt($("duel-title"), "duel-problem", () => call("GET", `api/v1/challenges/challenges/${id}/`));
}

function receive(type, payload) {
  if (["challenge.update", "challenge.start", "challenge.end"].includes(type)) replaceChallenge(payload);
  else if (type === "participant.update")
    challenge.attempts = challenge.attempts.map((a) => (a.user.id === payload.user.id ? payload : a));
  else if (type === "answer.result") takeAnswer(payload);
  else if (type === "error") say("duel-problem", payload.detail);
  if (!challenge) return;
  render();
  if (!isOver()) return;
  // Nothing will follow, and a browser has only six connections to a host: give this one back.
  stream.close();
  say("rival-move", "");
  showConnection("duel-connection", "finished");
}

function replaceChallenge(latest) {
  const turned = challenge?.status !== latest.status;
  challenge = latest;
  // Replayed messages come late, with the time of then: the largest difference is the truest.
  clockOffset = Math.max(clockOffset, Date.parse(challenge.server_time) - Date.now());
  if (turned) current = firstThat(isOver() ? ["wrong", "open"] : ["open"]);
  onChange();
}

function takeAnswer({ user_id, question_id, selected_answer, is_correct }) {
  const index = challenge.questions.findIndex((question) => question.id === question_id);
  const result = is_correct ? "right" : "wrong";
  if (user_id !== me.id) say("rival-move", `${rivalName()} answered question ${index + 1}: ${result}.`);
  else challenge.questions[index].user_answer_details = { selected_choice: selected_answer, is_correct };
}

function render() {
  const { status, questions, attempts } = challenge;
  say("duel-title", challenge.challenge_type_display);
  say("duel-status", sentence());
  paint($("scores"), [status, attempts], scoreboard);
  paint($("duel-actions"), actions(), () => actions().map(actionButton));
  const marks = questions.map((question) => question.user_answer_details);
  paint($("question"), [challenge.id, status, current, marks], () => (questions.length ? questionCard() : []));
  showCountdown();
}

function sentence() {
  const name = rivalName();
  switch (challenge.status) {
    case "pending_invite":
      if (challenge.challenger.id !== me.id) return `${name} challenges you.`;
      return `Waiting for ${name} to accept.${mine().is_ready ? " You are ready." : ""}`;
    case "pending_matchmaking":
      return "Looking for somebody who wants the same type of challenge…";
    case "accepted":
      return mine().is_ready ? `Waiting for ${name} to get ready.` : "It starts when both are ready.";
    case "ongoing":
      return mine().end_time ? `You have answered everything. Waiting for ${name}.` : "Go!";
    case "completed":
      if (!challenge.winner) return "It is a draw.";
      return challenge.user_is_winner ? "You won!" : `${name} won.`;
    default:
      return `This challenge is over: ${challenge.status_display}.`;
  }
}

function scoreboard() {
  return [mine(), rival()].filter(Boolean).map(({ user, score, is_ready, end_time }) => {
    const state = isOver() ? "" : end_time ? "finished" : is_ready ? "ready" : "not ready yet";
    const name = el("dt", {}, el("bdi", {}, user.username), user.id === me.id ? " (you)" : "");
    return el("div", {}, name, el("dd", { class: "score" }, score), el("dd", { class: "hint" }, state));
  });
}

function actions() {
  const ready = mine().is_ready ? [] : ["ready"];
  const asked = challenge.challenger.id === me.id ? [...ready, "cancel"] : ["accept", "decline"];
  const waiting = { pending_invite: asked, pending_matchmaking: asked, accepted: ready, completed: ["rematch"] };
  return waiting[challenge.status] ?? [];
}

function actionButton(name) {
  const act = async () => {
    const answer = await call("POST", api(`${name}/`));
    if (name === "rematch") location.hash = `challenge-${answer.id}`;
  };
  const press = ({ currentTarget }) => attempt(currentTarget, "duel-problem", act);
  return button(LABELS[name], press, { "data-key": name });
}

/** One question: to answer while the duel goes on, to look back at once it is completed. */
function questionCard() {
  const question = challenge.questions[current];
  const own = question.user_answer_details;
  const options = Object.entries(question.options).map(([choice, text]) => option(question, choice, text));
  const card = [
    el("nav", { "aria-label": "Questions" }, ...challenge.questions.map(pip)),
    arabic("p", question.question_text, { class: "text", tabindex: "-1", "data-focus": !own || isOver() }),
  ];
  if (question.image) card.push(el("img", { src: question.image, alt: "Figure for this question" }));
  card.push(el("div", { class: "options", role: "group", "aria-label": "Answers", dir: "rtl" }, ...options));
  if (question.hint && !own && !isOver())
    card.push(el("details", {}, el("summary", {}, "Hint"), arabic("p", question.hint)));
  const verdict = { right: "Right!", wrong: "Wrong.", open: isOver() ? "Not answered." : "" }[mark(own)];
  card.push(el("p", { class: `verdict ${mark(own)}`, role: "status" }, verdict));
  if (question.explanation) card.push(arabic("p", question.explanation, { class: "text explanation" }));
  if (own && !isOver() && challenge.questions.some((other) => !other.user_answer_details))
    card.push(button("Next question", () => show(firstThat(["open"])), { class: "main", "data-focus": true }));
  return card;
}

function option(question, choice, text) {
  const own = question.user_answer_details;
  const body = { question_id: question.id, selected_answer: choice };
  const send = ({ currentTarget }) =>
    attempt(currentTarget, "duel-problem", () => call("POST", api("answer/"), body));
  const isOwn = own?.selected_choice === choice;
  const state = question.correct_answer === choice ? "right" : isOwn ? mark(own) : null;
  const note = [isOwn && "your answer", question.correct_answer === choice && "right answer"];
  const node = button(el("b", {}, choice), send, { class: state, disabled: Boolean(own) || isOver() });
  node.append(arabic("span", text), el("small", { dir: "ltr" }, note.filter(Boolean).join(", ")));
  return node;
}

function pip(question, index) {
  const state = mark(question.user_answer_details);
  const here = index === current ? "true" : null;
  const label = `Question ${index + 1}, ${state}`;
  return button(index + 1, () => show(index), { class: state, "aria-label": label, "aria-current": here });
}

function show(index) {
  current = index;
  render();
}

function showCountdown() {
  if (challenge?.status !== "ongoing") return say("countdown", "");
  if (!challenge.deadline_at) return say("countdown", "no time limit");
  const left = Date.parse(challenge.deadline_at) - (Date.now() + clockOffset);
  const seconds = Math.max(0, Math.ceil(left / 1000));
  say("countdown", `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`);
}
