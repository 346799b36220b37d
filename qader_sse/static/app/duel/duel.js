// The open duel. Only its stream changes what is shown of it: the answer to a REST call may be older
// than a message that overtook it, so of such calls only refusals are shown.

import { alertUser } from "../alerts.js";
import { callApi, challengePath } from "../api.js";
import { shownName } from "../names.js";
import { forgetInvite, takeInvites, takenInvite } from "../notifications.js";
import { openNewChallenge } from "../opening.js";
import { titleDuel } from "../page-title.js";
import { $, announce, runAction, setText, showProblem } from "../rendering.js";
import { recheckUser } from "../session.js";
import { play } from "../sounds.js";
import { followStream } from "../streams.js";
import { text } from "../texts.js";
import { problemElement, showView, viewElement } from "../views.js";
import { startCountdown, stopCountdown } from "./countdown.js";
import { startClock, stopClock, syncClock } from "./duel-clock.js";
import { duelTitle } from "./duel-title.js";
import { canGetReady, isOver, isRivalAway, mine, missedBy, reduce, theirs, viewOf } from "./duel-state.js";
import { getReady, stopGettingReady } from "./getting-ready.js";
import { askToLeave, closeLeaving } from "./leaving.js";
import { closeQuestion, openQuestion, renderQuestion } from "./question.js";
import { renderResult } from "./result.js";
import { answerQueueFor } from "./saved-answers.js";
export { closeAnswerQueues } from "./saved-answers.js";
import { offerSearch, stopSearch } from "./searching.js";
import { renderStarting, secondsToStart } from "./starting.js";
import { renderLoading, renderWaitingRoom } from "./waiting-room.js";

// The delay before the loading view is shown. Most duels open faster, and it should not flash up.
const LOADING_VIEW_MS = 400;

const TITLE_MS = 1000;

let id, me, stream, state, answers, loadingTimer, titleTimer;

/** Follow a duel as this user. */
export function openDuel(challengeId, viewer) {
  closeDuel();
  [id, me] = [challengeId, viewer];
  const isShown = () => challengeId === id; // the queue of a duel goes on sending when another one is shown
  answers = answerQueueFor(id, me, {
    onRefused: (error) => isShown() && showRefusedAnswer(error),
    onChange: () => isShown() && render(),
  });
  openQuestion(id, me.id);
  loadingTimer = setTimeout(showLoading, LOADING_VIEW_MS);
  titleTimer = setInterval(showTitle, TITLE_MS);
  stream = followStream(`sse/challenges/${id}/`, { onMessage: receive, onStatus: connectionChanged });
}

/** Return the id of the duel that was open, if it goes on nevertheless. */
export function closeDuel() {
  const running = state?.status === "ongoing" ? id : null;
  clearTimeout(loadingTimer);
  clearInterval(titleTimer);
  titleDuel("");
  takeInvites();
  stream?.close();
  stopGettingReady();
  stopCountdown();
  stopClock();
  closeLeaving();
  stopSearch();
  closeQuestion();
  stream = answers = state = id = undefined;
  return running;
}

function receive(message) {
  const before = state;
  state = reduce(state, message, me.id);
  if (state && message.type === "error") showProblem(problemElement(viewOf(state)), message.payload.detail);
  if (!state || state === before) return;
  clearTimeout(loadingTimer);
  if (before?.status !== state.status) statusChanged(before);
  else if (before.deadline_at !== state.deadline_at) deadlineSet();
  announceAnswer(message);
  announcePresence(before);
  render();
  if (canGetReady(state, me.id)) getReady(id, showRefusedReadiness);
}

function statusChanged(before) {
  if (state.status !== "pending_invite") forgetInvite(id);
  showProblem(problemElement("waiting"), "");
  closeLeaving();
  if (state.status === "ongoing") {
    startClock(id, state);
    startCountdown(state, isPlaying);
    if (secondsToStart(state)) tellStart(text("it_starts", { name: rivalName() }));
  } else {
    stopCountdown();
    stopClock();
  }
  if (!isOver(state)) return;
  // No more messages follow, and no more answers count.
  stream.close();
  answers.close();
  if (state.status === "completed") takeInvites(isRematch, render);
}

const isRematch = ({ challenger, challenge_type }) =>
  challenger.id === theirs(state, me.id).user.id && challenge_type === state.challenge_type;

function tellStart(message) {
  announce(message);
  alertUser("count", message, id);
}

/** In a duel without a time limit, one player has answered everything, and the time of the other one begins. */
function deadlineSet() {
  startCountdown(state, isPlaying);
  if (isPlaying()) announce(text("deadline_set", { name: rivalName() }), { urgent: true });
}

const isPlaying = () => !mine(state, me.id).end_time;

const rivalName = () => shownName(theirs(state, me.id).user);

function announceAnswer({ type, payload }) {
  if (type !== "answer.result") return;
  if (payload.user_id === me.id) return announce(text(payload.is_correct ? "right" : "wrong"));
  const number = state.questions.findIndex((question) => question.id === payload.question_id) + 1;
  const name = rivalName();
  announce(text(payload.is_correct ? "rival_right" : "rival_wrong", { name, number }));
}

function announcePresence(before) {
  // In the waiting room, the status says it of somebody who was ready.
  if (before?.status !== state.status || (state.status === "accepted" && theirs(state, me.id).is_ready)) return;
  const isGone = isRivalAway(state, me.id);
  if (isGone !== isRivalAway(before, me.id)) announce(text(isGone ? "rival_away" : "rival_back", { name: rivalName() }));
}

function connectionChanged(status, { status: code, detail }) {
  if (status === "open") {
    answers.retryNow();
    syncClock();
  }
  if (status !== "closed" || (state && isOver(state))) return;
  if ([403, 404].includes(code)) showUnavailable(text("not_yours"));
  else if (code >= 400 && code !== 401) showUnavailable(detail ?? text("connection_ended"));
}

function showLoading() {
  renderLoading();
  showView("waiting");
}

/** Show why the duel's stream was refused, instead of the duel. */
function showUnavailable(reason) {
  clearTimeout(loadingTimer);
  stream.close();
  setText($("over-title"), reason);
  setText($("over-text"), "");
  offerSearch(null);
  showView("over");
}

function showRefusedAnswer(error) {
  showProblem(problemElement("question"), error.message);
  if (error.status === 401) recheckUser();
}

function showRefusedReadiness(error) {
  if (state.status === "accepted") showProblem(problemElement("waiting"), error.message);
  if (error.status === 401) recheckUser();
}

const submitAnswer = (questionId, choice, seconds) => {
  showProblem(problemElement("question"), "");
  answers.add(questionId, { selected_answer: choice, time_taken_seconds: seconds });
};

const leave = () => askToLeave(id, text(`leave_${state.status}`, { name: rivalName() }));

/** The click handler for an action of the waiting room or of the result. */
const act = (name) => {
  if (name === "leave") return leave;
  return (event) =>
    runAction(event.currentTarget, problemElement(viewOf(state)), () =>
      name === "rematch" ? openNewChallenge(undefined, challengePath(id, "rematch/")) : callApi("POST", challengePath(id, `${name}/`)),
    );
};

function render() {
  if (!state || !id) return;
  const view = viewOf(state) === "question" && secondsToStart(state) ? "starting" : viewOf(state);
  if (view === "waiting") renderWaitingRoom(state, me.id, act);
  else if (view === "starting") renderStarting(state, me.id, render);
  else if (view === "question") renderQuestion(state, me.id, answers, submitAnswer);
  else if (view === "result") renderResult(state, me.id, act, takenInvite());
  else renderOver();
  if (view === "question" && !viewElement("starting").hidden) play("start");
  showView(view);
  showTitle();
}

const showTitle = () => state && titleDuel(duelTitle(state, me.id));

function renderOver() {
  const missed = missedBy(state, me.id);
  setText($("over-title"), text("it_is_over"));
  setText($("over-text"), text(missed ?? `over_${state.status}`, { name: missed && rivalName() }));
  // Whoever did not get ready has to wait before the next search.
  offerSearch(missed === "i_missed_it" ? null : state);
}

viewElement("question").querySelector("[data-action='leave']").addEventListener("click", leave);
addEventListener("online", () => answers?.retryNow());
