// What the result begins with: who has won, how it ended, what was gained, and the way to a rematch.

import { callApi } from "../api.js";
import { avatar } from "../avatar.js";
import { typeName } from "../challenge-types.js";
import { nameElement, shownName } from "../names.js";
import { $, announce, button, el, renderInto, setText } from "../rendering.js";
import { text } from "../texts.js";
import { endedBy, outcome } from "./duel-state.js";
import { averageSeconds, bySkill } from "./gains.js";
import { minutesAndSeconds } from "./server-clock.js";

const SPARKS = 14;

/** `isNew`: the duel has ended before the viewer's eyes. */
export function summary(state, me, rival, { isNew }) {
  const name = shownName(rival.user);
  const average = averageSeconds(state.questions);
  return el(
    "div",
    { class: "card outcome", "data-outcome": outcome(state), "data-result-of": state.id },
    isNew && outcome(state) === "won" && sparks(),
    el("p", { class: "hint" }, typeName(state.challenge_type)),
    el("h1", { id: "result-title", tabindex: "-1" }, headline(state, name)),
    el("p", { "data-ended-by": endedBy(state) }, endingText(state, name)),
    el("div", { class: "final" }, final("mine", me, state), el("span", { class: "versus", "aria-hidden": "true" }), final("theirs", rival, state)),
    recordWith(rival.user),
    el("div", { class: "again" }),
    el("section", { class: "gains" }, el("h2", {}, text("gains")), el("ul", {}, ...bySkill(state.questions).map(gain)), average !== null && el("p", { class: "hint" }, text("average_time", { time: minutesAndSeconds(average) }))),
  );
}

function sparks() {
  const all = Array.from({ length: SPARKS }, (_, index) => {
    const spark = el("span", {});
    spark.style.setProperty("--n", String((index + 0.5) / SPARKS));
    return spark;
  });
  return el("div", { class: "sparks", "aria-hidden": "true" }, ...all);
}

function headline(state, name) {
  return { won: text("you_won"), lost: text("they_won", { name }), draw: text("it_is_a_draw") }[outcome(state)];
}

/** How it ended; "" if it ended before that was kept. */
export function endingText(state, name) {
  const ending = endedBy(state);
  return ending ? text(`ended_${ending}`, { name }) : "";
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

function gain({ name, count, mine }) {
  return el(
    "li",
    { "data-skill": name },
    el("span", { lang: "ar", dir: "rtl" }, name),
    el("span", { class: "tally", "aria-hidden": "true" }, ...Array.from({ length: count }, (_, index) => el("span", { "data-right": String(index < mine) }))),
    el("span", { class: "hint" }, text("right_of", { right: mine, count })),
  );
}

/** A line with how many duels each of the two has won, empty until the service has told. */
function recordWith({ username }) {
  const line = el("p", { class: "record" });
  callApi("GET", `api/v1/users/${encodeURIComponent(username)}/record/`)
    .then(({ wins, losses }) => setText(line, `${text("record_between")} ${wins} : ${losses}`))
    .catch(() => {}); // the result is whole without it
  return line;
}

/** The way to a rematch. If the other one has asked for it, the same button accepts that. */
export function renderRematch({ id }, name, act, invite) {
  renderInto($("outcome").querySelector(".again"), [id, Boolean(invite)], () => {
    const wish = invite && text("wants_rematch", { name });
    if (wish) announce(wish);
    return [
      el(
        "p",
        { class: "row" },
        button(text(invite ? "accept_rematch" : "rematch"), act("rematch"), { class: "main", "data-action": "rematch", "data-key": "rematch" }),
        el("a", { class: "button", href: "#", "data-action": "lobby" }, text("to_lobby")),
      ),
      el("p", { class: "wish" }, wish),
    ];
  });
}
