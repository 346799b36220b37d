// A duel as its stream tells it. Pure: a state, a message, and who reads it → the next state.

const WHOLE = ["challenge.update", "challenge.start", "challenge.end"];
const VIEWS = {
  pending_invite: "waiting",
  pending_matchmaking: "waiting",
  accepted: "waiting",
  ongoing: "question",
  completed: "result",
};

/** Return the challenge after this message; before the first whole one there is none. */
export function reduce(state, { type, payload }, viewerId) {
  if (WHOLE.includes(type)) return payload;
  if (state && type === "participant.update") return withAttempt(state, payload, viewerId);
  if (state && type === "answer.result") return withAnswer(state, payload, viewerId);
  return state;
}

function withAttempt(state, attempt, viewerId) {
  const attempts = state.attempts.map((other) => (other.id === attempt.id ? attempt : other));
  const whose = attempt.user.id === viewerId ? "user_score" : "opponent_score";
  return { ...state, attempts, [whose]: attempt.score };
}

function withAnswer(state, { user_id, question_id, selected_answer, is_correct }, viewerId) {
  const isMine = user_id === viewerId;
  const details = { selected_choice: isMine ? selected_answer : null, is_correct };
  const whose = isMine ? "user_answer_details" : "opponent_answer_details";
  const questions = state.questions.map((question) =>
    question.id === question_id ? { ...question, [whose]: details } : question,
  );
  return { ...state, questions };
}

export const mine = (state, viewerId) => state.attempts.find(({ user }) => user.id === viewerId);
export const theirs = (state, viewerId) => state.attempts.find(({ user }) => user.id !== viewerId);

export const viewOf = (state) => VIEWS[state.status] ?? "over";
export const isOver = (state) => ["result", "over"].includes(viewOf(state));

export const outcome = (state) => (state.winner === null ? "draw" : state.user_is_winner ? "won" : "lost");

/** How a question stands for somebody: `details` are their answer, `isSent` one that is on its way. */
export function standing(details, isSent = false) {
  if (details) return details.is_correct ? "right" : "wrong";
  return isSent ? "sending" : "open";
}

/** What the viewer may do about the duel before it starts, and after. */
export function actions(state, viewerId) {
  const ready = mine(state, viewerId).is_ready ? [] : ["ready"];
  const isChallenger = state.challenger.id === viewerId;
  switch (state.status) {
    case "pending_invite":
      return isChallenger ? [...ready, "cancel"] : ["accept", "decline"];
    case "pending_matchmaking":
      return [...ready, "cancel"];
    case "accepted":
      return ready;
    case "completed":
      return ["rematch"];
    default:
      return [];
  }
}

/** The next question without an answer, from `index` on and round again; undefined if there is none. */
export function nextOpen(standings, index) {
  const order = standings.map((_, step) => (index + step) % standings.length);
  return order.find((place) => standings[place] === "open");
}
