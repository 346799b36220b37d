// The play: one question at a time.

import { paintBoard } from "./scoreboard.js";
import { $, announce, button, el, paint, say } from "../rendering.js";
import { mine, nextOpen, standing, theirs } from "./duel-state.js";
import { arabic } from "./mathml.js";
import { text } from "../texts.js";
import { view } from "../views.js";

const CHOICES = ["A", "B", "C", "D"];

let current, since, seen;
let repaint, give; // of the duel that is shown

export function resetQuestion() {
  current = seen = undefined;
  paint($("question"), null, () => []);
  paint($("board"), null, () => []);
}

/** Show where the viewer is; `answer(questionId, choice, seconds)` gives one. */
export function paintQuestion(state, viewerId, outbox, answer) {
  repaint = () => paintQuestion(state, viewerId, outbox, answer);
  const standings = state.questions.map(({ id, user_answer_details }) =>
    standing(user_answer_details, Boolean(outbox.choiceOf(id))),
  );
  current ??= nextOpen(standings, 0) ?? standings.length - 1;
  const question = state.questions[current];
  const choice = question.user_answer_details?.selected_choice ?? outbox.choiceOf(question.id);
  const next = nextOpen(standings, current + 1);
  const isDone = Boolean(mine(state, viewerId).end_time);
  if (seen !== question.id) [seen, since] = [question.id, performance.now()];
  give = choice || isDone ? null : (letter) => answer(question.id, letter, (performance.now() - since) / 1000);
  paintBoard(state, viewerId, standings, current);
  const title = text("question_of", { number: current + 1, count: standings.length });
  say($("question-title"), title);
  const rival = theirs(state, viewerId).user.username;
  const shown = [question.id, standings[current], choice, next, isDone, outbox.isHeldUp];
  paint($("question"), shown, () => [
    card(question, title, choice, standings[current]),
    el(
      "div",
      { class: "below" },
      verdict(standings[current], outbox.isHeldUp),
      isDone ? el("p", { class: "done", tabindex: "-1", "data-focus": true }, text("finished", { name: rival })) : moves(choice, next),
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
    arabic("p", question.question_text, attributes),
    figure,
    el("div", { class: "options", role: "group", "aria-label": text("answers"), dir: "rtl" }, ...CHOICES.map((letter) => option(question, letter, choice, state))),
    question.hint && !choice && hint(question.hint),
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
  node.append(el("b", { lang: "en", dir: "ltr" }, letter), arabic("span", question.options[letter]));
  return node;
}

function hint(words) {
  return el("details", { class: "clue" }, el("summary", { "data-action": "hint" }, text("hint")), arabic("p", words));
}

function verdict(state, isHeldUp) {
  const words = { right: "right", wrong: "wrong", sending: isHeldUp ? "will_be_sent" : "sending", open: null }[state];
  // Right and wrong are announced where they come from: this is painted again and again.
  if (words === "will_be_sent") announce(text(words));
  return el("p", { class: "verdict", "data-state": state }, words && text(words));
}

function moves(choice, next) {
  if (next === undefined) return "";
  const name = choice ? "next" : "skip";
  return el(
    "p",
    { class: "row moves" },
    button(text(name), () => moveTo(next), { class: choice ? "main" : "quiet", "data-action": name, "data-focus": Boolean(choice) }),
    !choice && el("span", { class: "hint keys" }, text("option_keys")),
  );
}

function moveTo(index) {
  current = index;
  repaint();
  $("question").querySelector(".text").focus({ preventScroll: true });
  view("question").scrollIntoView({ block: "start" });
}

/** Give an answer, and show what came of it: neither a key nor Safari focuses what was pressed. */
function choose(letter) {
  if (!give) return;
  give(letter);
  $("question").querySelector("[data-focus]")?.focus({ preventScroll: true });
  $("question").querySelector(".below").scrollIntoView({ block: "nearest" });
}

/** The option a key stands for: A or 1, and the same key on an Arabic keyboard. */
function optionOf({ key, code }) {
  const isArabic = /[\u0600-\u06ff]/.test(key);
  return CHOICES.find((letter, index) => {
    const names = isArabic ? [`Key${letter}`, `Digit${index + 1}`] : [letter, String(index + 1)];
    return names.includes(isArabic ? code : key.toUpperCase());
  });
}

addEventListener("keydown", (event) => {
  const isMeant = !event.repeat && !event.ctrlKey && !event.metaKey && !event.altKey;
  if (!isMeant || view("question").hidden || event.target.closest?.("#invites")) return;
  const letter = optionOf(event);
  if (letter) choose(letter);
});
