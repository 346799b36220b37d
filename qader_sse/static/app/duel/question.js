// Playing: one question at a time, with the scoreboard above it.

import { shownName } from "../names.js";
import { $, announce, button, el, renderInto, setText } from "../rendering.js";
import { locale, text } from "../texts.js";
import { viewElement } from "../views.js";
import { arabic } from "./arabic-text.js";
import { answerState, mine, nextOpen, theirs } from "./duel-state.js";
import { isAskingToLeave } from "./leaving.js";
import { CHOICES, optionLetter, optionOf } from "./option-letters.js";
import { renderScoreboard } from "./scoreboard.js";

let current; // the index of the question that is shown
let shownId, shownSince; // its id, and since when it is shown
let rerender, submit; // for the duel that is open; `submit` is null when no answer is accepted

export function resetQuestion() {
  current = shownId = undefined;
  renderInto($("question"), null, () => []);
  renderInto($("board"), null, () => []);
}

/** `answers` is the answer queue; `submitAnswer(questionId, choice, seconds)` adds to it. */
export function renderQuestion(state, viewerId, answers, submitAnswer) {
  rerender = () => renderQuestion(state, viewerId, answers, submitAnswer);
  const answerStates = state.questions.map(({ id, user_answer_details }) =>
    answerState(user_answer_details, Boolean(answers.choiceOf(id))),
  );
  current ??= nextOpen(answerStates, 0) ?? answerStates.length - 1;
  const question = state.questions[current];
  const choice = question.user_answer_details?.selected_choice ?? answers.choiceOf(question.id);
  const next = nextOpen(answerStates, current + 1);
  const isDone = Boolean(mine(state, viewerId).end_time);
  if (shownId !== question.id) [shownId, shownSince] = [question.id, performance.now()];
  submit = choice || isDone ? null : (letter) => submitAnswer(question.id, letter, (performance.now() - shownSince) / 1000);
  renderScoreboard(state, viewerId, answerStates, current);
  const title = text("question_of", { number: current + 1, count: answerStates.length });
  setText($("question-title"), title);
  const rival = shownName(theirs(state, viewerId).user);
  const data = [question.id, answerStates[current], choice, next, isDone, answers.isWaiting];
  renderInto($("question"), data, () => [
    card(question, title, choice, answerStates[current]),
    el(
      "div",
      { class: "below" },
      verdict(answerStates[current], answers.isWaiting),
      isDone ? el("p", { class: "done", tabindex: "-1", "data-focus": true }, text("finished", { name: rival })) : navigation(choice, next),
    ),
  ]);
}

function card(question, title, choice, state) {
  const figure = question.image && el("img", { src: question.image, alt: text("figure") });
  const attributes = { class: "text", tabindex: "-1", "data-focus": !choice };
  return el(
    "article",
    { class: "card", "data-question-number": current + 1, "data-question-id": question.id },
    el("p", { class: "number hint" }, title, " · ", el("span", { lang: "ar", dir: "rtl" }, question.skill?.name ?? question.section.name)),
    arabic("p", question.question_text, question.markup?.question_text, attributes),
    figure,
    el("div", { class: "options", role: "group", "aria-label": text("answers"), dir: "rtl" }, ...CHOICES.map((letter) => option(question, letter, choice, state))),
    question.hint && !choice && hint(question),
  );
}

function option(question, letter, choice, state) {
  const isChosen = choice === letter;
  const node = button("", () => choose(letter), {
    "data-option": letter,
    "data-key": `option-${letter}`,
    "data-state": isChosen && state,
    "aria-pressed": String(isChosen),
    disabled: Boolean(choice) && !isChosen,
  });
  node.append(el("b", {}, optionLetter(letter, locale)), arabic("span", question.options[letter], question.markup?.options[letter]));
  return node;
}

function hint({ hint: content, markup }) {
  return el("details", { class: "clue" }, el("summary", { "data-action": "hint" }, text("hint")), arabic("p", content, markup?.hint));
}

function verdict(state, isWaiting) {
  const name = { right: "right", wrong: "wrong", sending: isWaiting ? "will_be_sent" : "sending", open: null }[state];
  // Right and wrong are announced when their message arrives, since this is rendered repeatedly.
  if (name === "will_be_sent") announce(text(name));
  return el("p", { class: "verdict", "data-state": state }, name && text(name));
}

function navigation(choice, next) {
  if (next === undefined) return "";
  const name = choice ? "next" : "skip";
  return el(
    "p",
    { class: "row moves" },
    button(text(name), () => showQuestion(next), { class: choice ? "main" : "quiet", "data-action": name, "data-focus": Boolean(choice) }),
    !choice && el("span", { class: "hint keys" }, text("option_keys")),
  );
}

function showQuestion(index) {
  current = index;
  rerender();
  $("question").querySelector(".text").focus({ preventScroll: true });
  viewElement("question").scrollIntoView({ block: "start" });
}

/**
 * Submit an answer, if one is accepted, and focus what comes next. `renderInto` does so only if the
 * focus is in the question, and neither a key press nor a click in Safari puts it there.
 */
function choose(letter) {
  if (!submit) return;
  submit(letter);
  $("question").querySelector("[data-focus]")?.focus({ preventScroll: true });
  $("question").querySelector(".below").scrollIntoView({ block: "nearest" });
}

addEventListener("keydown", (event) => {
  const isPlainKey = !event.repeat && !event.ctrlKey && !event.metaKey && !event.altKey;
  if (!isPlainKey || viewElement("question").hidden || isAskingToLeave() || event.target.closest?.("#invites")) return;
  const letter = optionOf(event);
  if (letter) choose(letter);
});
