// The result of a duel, and a review of every question.

import { avatar } from "../avatar.js";
import { typeName } from "../challenge-types.js";
import { nameElement, shownName } from "../names.js";
import { $, announce, button, el, renderInto } from "../rendering.js";
import { locale, text } from "../texts.js";
import { viewElement } from "../views.js";
import { arabic } from "./arabic-text.js";
import { answerState, endedBy, mine, outcome, theirs } from "./duel-state.js";
import { optionLetter } from "./option-letters.js";

/** `act(name)` returns the click handler of an action. */
export function renderResult(state, viewerId, act) {
  const [me, rival] = [mine(state, viewerId), theirs(state, viewerId)];
  renderInto($("outcome"), [state.id, viewerId], () => {
    const name = shownName(rival.user);
    const ending = endingText(state, name);
    // Right after the last question, screen readers read the heading, which gets the focus, but not
    // what stands below it.
    if (!viewElement("question").hidden) announce(`${ending ?? ""} ${text("your_score")}: ${me.score}. ${text("their_score", { name })}: ${rival.score}.`);
    return [summary(state, headline(state, name), ending, me, rival, act)];
  });
  renderInto($("review"), [state.id, viewerId, state.questions], () => state.questions.map((question, index) => item(question, index, rival.user)));
}

function headline(state, name) {
  return { won: text("you_won"), lost: text("they_won", { name }), draw: text("it_is_a_draw") }[outcome(state)];
}

function endingText(state, name) {
  const ending = endedBy(state);
  return ending && text(`ended_${ending}`, { name });
}

function summary(state, title, ending, me, rival, act) {
  return el(
    "div",
    { class: "card outcome", "data-outcome": outcome(state), "data-result-of": state.id },
    el("p", { class: "hint" }, typeName(state.challenge_type)),
    el("h1", { id: "result-title", tabindex: "-1" }, title),
    ending && el("p", { "data-ended-by": endedBy(state) }, ending),
    el("div", { class: "final" }, final("mine", me, state), el("span", { class: "versus", "aria-hidden": "true" }), final("theirs", rival, state)),
    el(
      "p",
      { class: "row" },
      button(text("rematch"), act("rematch"), { class: "main", "data-action": "rematch", "data-key": "rematch" }),
      el("a", { class: "button", href: "#", "data-action": "lobby" }, text("to_lobby")),
    ),
  );
}

function final(side, { user, score }, { questions }) {
  const name = side === "mine" ? text("you") : nameElement(user);
  return el(
    "div",
    { class: "side", "data-side": side },
    avatar(user, side),
    el("span", { class: "name" }, name),
    el("span", { class: "points", "data-score": side }, score),
    el("span", { class: "hint" }, text("out_of", { count: questions.length })),
  );
}

/** One question of the review, expanded unless the viewer answered it right. */
function item(question, index, rival) {
  const own = answerState(question.user_answer_details);
  const others = answerState(question.opponent_answer_details);
  return el(
    "li",
    { "data-question-number": index + 1, "data-question-id": question.id },
    el(
      "details",
      { class: "card", open: own !== "right" },
      el(
        "summary",
        {},
        el("span", { class: "place" }, index + 1),
        arabic("span", firstLine(question.question_text), firstLine(question.markup?.question_text), { class: "first-line" }),
        el("span", { class: "marks" }, mark(text("you"), own, "mine"), mark(nameElement(rival), others, "theirs")),
      ),
      arabic("p", question.question_text, question.markup?.question_text, { class: "text" }),
      question.image && el("img", { src: question.image, alt: text("figure") }),
      el("ul", { class: "options", dir: "rtl" }, ...Object.entries(question.options).map((entry) => option(question, entry, rival))),
      question.explanation && part("explanation", question.explanation, question.markup?.explanation),
      question.solution_method_summary && part("method", question.solution_method_summary, question.markup?.solution_method_summary),
    ),
  );
}

const firstLine = (content) => content?.split("\n")[0];

function mark(name, state, side) {
  return el("span", { class: "mark", "data-state": state, "data-side": side }, name, el("span", { class: "visually-hidden" }, `: ${text(`state_${state}`)}`));
}

function option(question, [letter, optionText], rival) {
  const isRight = question.correct_answer === letter;
  const isMine = question.user_answer_details?.selected_choice === letter;
  const isTheirs = question.opponent_answer_details?.selected_choice === letter;
  const tags = [
    isRight && el("span", { class: "tag", "data-state": "right" }, text("right_answer")),
    isMine && el("span", { class: "tag", "data-side": "mine" }, text("your_answer")),
    isTheirs && el("span", { class: "tag", "data-side": "theirs" }, nameElement(rival)),
  ];
  const state = isRight ? "right" : isMine ? "wrong" : null;
  return el("li", { "data-option": letter, "data-state": state }, el("b", {}, optionLetter(letter, locale)), arabic("span", optionText, question.markup?.options[letter]), el("span", { class: "tags" }, ...tags));
}

function part(name, content, markup) {
  return el("div", { class: "part", dir: "rtl" }, el("h3", {}, text(name)), arabic("p", content, markup));
}
