// Both players side by side: who, how many points, how far; and the time between them.

import { tick } from "./countdown.js";
import { $, bdi, el, paint } from "../rendering.js";
import { mine, standing, theirs } from "./duel-state.js";
import { avatar } from "../avatar.js";
import { text } from "../texts.js";

export function paintBoard(state, viewerId, standings, current) {
  const [me, rival] = [mine(state, viewerId), theirs(state, viewerId)];
  const others = state.questions.map((question) => standing(question.opponent_answer_details));
  paint($("board"), [state.id, me, rival, standings, others, current], () => [
    side("mine", me, standings, current),
    el("div", { class: "time" }, el("span", { role: "timer", "aria-label": text("time_left"), "data-countdown": "" })),
    side("theirs", rival, others),
  ]);
  tick();
}

function side(whose, { user, score }, standings, current) {
  const isMine = whose === "mine";
  const name = user.username;
  const scoreLabel = isMine ? text("your_score") : text("their_score", { name });
  const progressLabel = isMine ? text("your_progress") : text("their_progress", { name });
  return el(
    "div",
    { class: "side", "data-side": whose },
    avatar(user, whose),
    el("span", { class: "name" }, isMine ? text("you") : bdi(name)),
    el("span", { class: "points", role: "img", "aria-label": `${scoreLabel}: ${score}`, "data-score": whose }, score),
    el("ol", { class: "dots", "aria-label": progressLabel, "data-progress": whose }, ...standings.map((state, index) => dot(state, index, current))),
  );
}

function dot(state, index, current) {
  const here = index === current ? "step" : null;
  const words = el("span", { class: "visually-hidden" }, text(`state_${state}`));
  return el("li", { "data-state": state, "aria-current": here }, words);
}
