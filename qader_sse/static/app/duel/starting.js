// The start: both players, and 3, 2, 1 between them, until the first question is shown to both.

import { avatar } from "../avatar.js";
import { typeName } from "../challenge-types.js";
import { $, el, renderInto, setText } from "../rendering.js";
import { play } from "../sounds.js";
import { serverNow } from "./duel-clock.js";
import { mine, theirs } from "./duel-state.js";
import { secondsLeft } from "./server-clock.js";
import { sideName } from "./side-name.js";

const UPDATE_MS = 50;
let timer;

/** Whole seconds until the first question, rounded up; 0 once it is shown. */
export const secondsToStart = ({ first_question_at }) => secondsLeft(Date.parse(first_question_at), serverNow());

/** Render how many are left, and call `rerender` in a moment. */
export function renderStarting(state, viewerId, rerender) {
  clearTimeout(timer);
  timer = setTimeout(rerender, UPDATE_MS);
  setText($("starting-title"), typeName(state.challenge_type));
  renderInto($("starters"), [state.id, viewerId], () => [starter("mine", mine(state, viewerId)), starter("theirs", theirs(state, viewerId))]);
  const seconds = secondsToStart(state);
  renderInto($("count"), [state.id, seconds], () => {
    play("count");
    return [el("span", {}, seconds)];
  });
}

function starter(side, { user }) {
  return el("li", { "data-side": side }, avatar(user, side), el("strong", {}, ...sideName(user, side)));
}
