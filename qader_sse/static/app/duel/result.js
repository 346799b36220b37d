// The result of a duel, and a review of every question.

import { nameElement, shownName } from "../names.js";
import { $, announce, el, renderInto } from "../rendering.js";
import { locale, text } from "../texts.js";
import { isPlaying } from "../views.js";
import { arabic } from "./arabic-text.js";
import { answerState, mine, theirs } from "./duel-state.js";
import { secondsTaken } from "./gains.js";
import { optionLetter } from "./option-letters.js";
import { minutesAndSeconds } from "./server-clock.js";
import { endingText, renderRematch, summary } from "./result-summary.js";

/** `act(name)` returns the click handler of an action; `invite` is the other one's to a rematch, if there is one. */
export function renderResult(state, viewerId, act, invite) {
  const [me, rival] = [mine(state, viewerId), theirs(state, viewerId)];
  const name = shownName(rival.user);
  renderInto($("outcome"), [state.id, viewerId], () => {
    // Right after the last question, screen readers read the heading, which gets the focus, but not
    // what stands below it.
    if (isPlaying()) announce(`${endingText(state, name)} ${text("your_score")}: ${me.score}. ${text("their_score", { name })}: ${rival.score}.`);
    return [summary(state, me, rival, { isNew: isPlaying() })];
  });
  renderRematch(state, name, act, invite);
  renderInto($("review"), [state.id, viewerId, state.questions], () => state.questions.map((question, index) => item(question, index, rival.user)));
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
        el("span", { class: "marks" }, took(question), mark(text("you"), own, "mine"), mark(nameElement(rival), others, "theirs")),
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

function took(question) {
  const seconds = secondsTaken(question);
  return seconds !== null && el("span", { class: "took hint" }, minutesAndSeconds(seconds));
}

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
