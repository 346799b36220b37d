// The state of a duel, as its stream reports it. Pure: a state and a message make the next state.

const SNAPSHOT_TYPES = ["challenge.update", "challenge.start", "challenge.end"];
const VIEWS = {
  pending_invite: "waiting",
  pending_matchmaking: "waiting",
  accepted: "waiting",
  ongoing: "question",
  completed: "result",
};

/** Return the challenge after this message; undefined before the first with a whole challenge. */
export function reduce(state, { type, payload }, viewerId) {
  if (SNAPSHOT_TYPES.includes(type)) return payload;
  if (state && type === "participant.update") return withAttempt(state, payload, viewerId);
  if (state && type === "answer.result") return withAnswer(state, payload, viewerId);
  return state;
}

function withAttempt(state, attempt, viewerId) {
  const attempts = state.attempts.map((other) => (other.id === attempt.id ? attempt : other));
  const scoreField = attempt.user.id === viewerId ? "user_score" : "opponent_score";
  return { ...state, attempts, [scoreField]: attempt.score };
}

function withAnswer(state, { user_id, question_id, selected_answer, is_correct }, viewerId) {
  const isMine = user_id === viewerId;
  const details = { selected_choice: isMine ? selected_answer : null, is_correct };
  const detailsField = isMine ? "user_answer_details" : "opponent_answer_details";
  const questions = state.questions.map((question) =>
    question.id === question_id ? { ...question, [detailsField]: details } : question,
  );
  return { ...state, questions };
}

export const mine = (state, viewerId) => state.attempts.find(({ user }) => user.id === viewerId);
export const theirs = (state, viewerId) => state.attempts.find(({ user }) => user.id !== viewerId);

/** Whether the other one has gone; false as well where nothing is told of it, or is no more. */
export const isRivalAway = (state, viewerId) =>
  ["accepted", "ongoing"].includes(state.status) && theirs(state, viewerId)?.is_online === false;

export const viewOf = (state) => VIEWS[state.status] ?? "over";
export const isOver = (state) => ["result", "over"].includes(viewOf(state));

export const outcome = (state) => (state.winner === null ? "draw" : state.user_is_winner ? "won" : "lost");

/** How a completed duel ended: "answered", "time", "i_left" or "they_left"; null if that was not kept yet. */
export function endedBy(state) {
  if (state.end_reason === "left") return state.user_is_winner ? "they_left" : "i_left";
  return state.end_reason;
}

/** Who did not get ready for a match, which ended by that: "i_missed_it", "they_missed_it", or null for another end. */
export function missedBy(state, viewerId) {
  if (!state.is_match || state.status !== "expired") return null;
  return mine(state, viewerId).is_ready ? "they_missed_it" : "i_missed_it";
}

/**
 * The state of one player's answer. `details` are what the service sent, or null. While they are
 * null, `isSent` is whether the answer was given on this page.
 */
export function answerState(details, isSent = false) {
  if (details) return details.is_correct ? "right" : "wrong";
  return isSent ? "sending" : "open";
}

/**
 * Whether looking at the duel makes the viewer ready for it. Not if the other one was ready and has
 * gone: their time would run unseen.
 */
export function canGetReady(state, viewerId) {
  const rival = theirs(state, viewerId);
  return state.status === "accepted" && !mine(state, viewerId).is_ready && !isAway(rival);
}

/** Whether somebody was ready and is offline now. */
export const isAway = ({ is_ready, is_online }) => is_ready && is_online === false;

/** The names of the actions that the viewer may take before the duel starts, and after it. */
export function actions(state, viewerId) {
  switch (state.status) {
    case "pending_invite":
      return state.challenger.id === viewerId ? ["cancel"] : ["accept", "decline"];
    case "pending_matchmaking":
      return ["cancel"];
    case "accepted":
      return ["leave"];
    case "completed":
      return ["rematch"];
    default:
      return [];
  }
}

/** The index of the first open question from `index` on, then from the first one; undefined if none is open. */
export function nextOpen(answerStates, index) {
  const order = answerStates.map((_, step) => (index + step) % answerStates.length);
  return order.find((candidate) => answerStates[candidate] === "open");
}
