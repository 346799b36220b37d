// Playing: one question at a time, with the scoreboard above it.

import { shownName } from "../names.js";
import { $, announce, button, el, renderInto, setText } from "../rendering.js";
import { changePage, isFresh } from "../steady.js";
import { locale, text } from "../texts.js";
import { viewElement } from "../views.js";
import { arabic } from "./arabic-text.js";
import { answerState, mine, nextOpen, theirs } from "./duel-state.js";
import { goOnSoon, stayHere } from "./going-on.js";
import { isAskingToLeave } from "./leaving.js";
import { CHOICES, optionLetter, optionOf } from "./option-letters.js";
import { moveTo, openPlace, place } from "./place.js";
import { renderScoreboard } from "./scoreboard.js";

let shownId, shownSince; // the id of the question that is shown, and since when it is
let rerender, submit; // for the duel that is open; `submit` is null when no answer is accepted

export function openQuestion(challengeId, viewerId) {
  openPlace(challengeId, viewerId, () => rerender && changePage(rerender));
}

export function closeQuestion() {
  stayHere();
  shownId = rerender = submit = undefined;
  for (const part of ["question", "below", "board"]) renderInto($(part), null, () => []);
}

/** `answers` is the answer queue; `submitAnswer(questionId, choice, seconds)` adds to it. */
export function renderQuestion(state, viewerId, answers, submitAnswer) {
  rerender = () => renderQuestion(state, viewerId, answers, submitAnswer);
  const answerStates = state.questions.map(({ id, user_answer_details }) =>
    answerState(user_answer_details, Boolean(answers.choiceOf(id))),
  );
  if (place() === undefined) moveTo(nextOpen(answerStates, 0) ?? answerStates.length - 1);
  const current = place();
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
  const answer = answerStates[current];
  renderInto($("question"), [question.id], () => [card(question, title)]);
  renderInto($("question").querySelector(".options"), [choice, answer], () => CHOICES.map((letter) => option(question, letter, choice, answer)));
  const ends = isDone && !$("below").querySelector(".done");
  renderInto($("below"), [question.id, answer, choice, next, isDone, answers.isWaiting], () =>
    isDone ? [done(rival)] : [verdict(answer, answers.isWaiting), navigation(question, choice, next)],
  );
  if (ends && $("question").contains(document.activeElement)) focusBelow();
  const isKnown = ["right", "wrong"].includes(answer) || (choice && answers.isWaiting);
  if (state.challenge_config.is_speed_challenge && isKnown && next !== undefined) goOnSoon(question.id, () => showQuestion(next));
  else stayHere();
}

function card(question, title) {
  const figure = question.image && el("img", { src: question.image, alt: text("figure") });
  const number = el("p", { class: "number hint" }, title, " · ", el("span", { lang: "ar", dir: "rtl" }, question.skill?.name ?? question.section.name));
  const attributes = { class: "text", tabindex: "-1", "data-focus": true };
  return el(
    "article",
    { class: "card", "data-question-number": place() + 1, "data-question-id": question.id },
    el("div", { class: "asked" }, number, arabic("p", question.question_text, question.markup?.question_text, attributes), figure, question.hint && hint(question)),
    el("div", { class: "options", role: "group", "aria-label": text("answers"), dir: "rtl" }),
  );
}

function option(question, letter, choice, state) {
  const isChosen = choice === letter;
  const node = button("", () => choose(letter), {
    "data-option": letter,
    "data-key": `${question.id}-${letter}`,
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
  const name = { right: "right", wrong: "wrong", sending: isWaiting ? "will_be_sent" : "sending", open: "option_keys" }[state];
  // Right and wrong are announced when their message arrives, since this is rendered repeatedly.
  if (name === "will_be_sent") announce(text(name));
  return el("p", { class: state === "open" ? "hint keys" : "verdict", "data-state": state }, text(name));
}

const done = (rival) => el("p", { class: "done", tabindex: "-1", "data-focus": true }, text("finished", { name: rival }));

function navigation(question, choice, next) {
  if (next === undefined) return "";
  const name = choice ? "next" : "skip";
  return button(text(name), () => showQuestion(next), {
    class: choice ? "main" : "quiet",
    "data-action": name,
    "data-key": `${name}-${question.id}`,
    "data-focus": Boolean(choice),
  });
}

function showQuestion(index) {
  stayHere();
  if (viewElement("question").hidden) return; // the duel has ended meanwhile
  changePage(() => {
    moveTo(index);
    rerender();
    scrollTo(0, 0);
  });
  $("question").querySelector(".text").focus({ preventScroll: true });
}

/** Submit an answer, if one is accepted, and focus what comes next. */
function choose(letter) {
  if (!submit) return;
  submit(letter);
  focusBelow();
}

const focusBelow = () => $("below").querySelector("[data-focus]")?.focus({ preventScroll: true });

addEventListener("keydown", (event) => {
  const isPlainKey = !event.repeat && !event.ctrlKey && !event.metaKey && !event.altKey;
  if (!isPlainKey || viewElement("question").hidden || isAskingToLeave()) return;
  const letter = optionOf(event);
  if (letter && !isFresh($("question").querySelector(`[data-option="${letter}"]`), event.timeStamp)) choose(letter);
});
