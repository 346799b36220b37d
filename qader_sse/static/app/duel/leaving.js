// The question whether to leave a duel that is accepted or ongoing: it cannot be taken back.

import { callApi, challengePath, withRetries } from "../api.js";
import { $, runAction, setText } from "../rendering.js";
import { changePage } from "../steady.js";
import { text } from "../texts.js";

const dialog = $("leaving");
const problem = dialog.querySelector(".problem");
const confirmButton = dialog.querySelector("[data-action='confirm-leave']");
let id;

/** Ask whether to leave a duel; `consequence` says what happens then. */
export function askToLeave(challengeId, consequence) {
  id = challengeId;
  setText($("leaving-text"), consequence);
  setText(problem, "");
  changePage(() => dialog.showModal());
}

/** Take the question back: the duel has ended or changed, and so would what leaving does. */
export function closeLeaving() {
  changePage(() => dialog.close());
}

export const isAskingToLeave = () => dialog.open;

dialog.querySelector("[data-action='stay']").addEventListener("click", closeLeaving);
confirmButton.addEventListener("click", () =>
  runAction(confirmButton, problem, async () => {
    const left = id;
    // Once more, it changes nothing, so it may be repeated.
    await withRetries(() => callApi("POST", challengePath(left, "leave/")));
    if (left === id) closeLeaving();
  }),
);
