// Both players side by side, with their points and answers, and the time left between them.

import { avatar } from "../avatar.js";
import { nameElement, shownName } from "../names.js";
import { $, el, renderInto } from "../rendering.js";
import { text } from "../texts.js";
import { renderCountdown } from "./countdown.js";
import { answerState, isRivalAway, mine, theirs } from "./duel-state.js";

/** `answerStates` are the viewer's own; `current` is the index of the question that is shown. */
export function renderScoreboard(state, viewerId, answerStates, current) {
  const [me, rival] = [mine(state, viewerId), theirs(state, viewerId)];
  const others = state.questions.map((question) => answerState(question.opponent_answer_details));
  renderInto($("board"), [state.id, me, rival, answerStates, others, current], () => [
    side("mine", me, answerStates, current),
    el("div", { class: "time" }, el("span", { role: "timer", "aria-label": text("time_left"), "data-countdown": "" })),
    side("theirs", rival, others, undefined, isRivalAway(state, viewerId)),
  ]);
  renderCountdown();
}

function side(whose, { user, score }, answerStates, current, isGone = false) {
  const isMine = whose === "mine";
  const name = shownName(user);
  const scoreLabel = isMine ? text("your_score") : text("their_score", { name });
  const progressLabel = isMine ? text("your_progress") : text("their_progress", { name });
  return el(
    "div",
    { class: "side", "data-side": whose, "data-away": isGone },
    avatar(user, whose),
    el("span", { class: "name" }, isMine ? text("you") : isGone ? text("away") : nameElement(user)),
    el("span", { class: "points", role: "img", "aria-label": `${scoreLabel}: ${score}`, "data-score": whose }, score),
    el("ol", { class: "dots", "aria-label": progressLabel, "data-progress": whose }, ...answerStates.map((state, index) => dot(state, index, current))),
  );
}

function dot(state, index, current) {
  const step = index === current ? "step" : null;
  const label = el("span", { class: "visually-hidden" }, text(`state_${state}`));
  return el("li", { "data-state": state, "aria-current": step }, label);
}
