// The list of the user's duels in the lobby, newest first, one page at a time: all of them, or those
// with a status, of a type or against one rival.

import { callApi } from "./api.js";
import { avatar } from "./avatar.js";
import { challengeTypes, typeName } from "./challenge-types.js";
import { nameAndUsername, shownName } from "./names.js";
import { $, button, el, renderInto } from "./rendering.js";
import { me } from "./session.js";
import { changePage } from "./steady.js";
import { locale, text } from "./texts.js";

const PAGE_SIZE = 8;
const OUTCOMES = { true: "won", false: "lost", null: "draw" };
const UNFINISHED = ["pending_invite", "pending_matchmaking", "accepted", "ongoing"];

const filters = $("history-filters");
const [newer, older] = ["previous-page", "next-page"].map((name) => document.querySelector(`[data-action='${name}']`));
// Latin digits, as in the questions, and the Gregorian calendar, in Arabic, too.
const DATE = new Intl.DateTimeFormat(`${locale}-u-nu-latn-ca-gregory`, { dateStyle: "medium", timeStyle: "short" });
let page = 1;
let rival = null; // whose duels with the user are shown, if not all
let latestCall = 0;

export async function refreshHistory() {
  const thisCall = ++latestCall;
  const [found, record] = await Promise.all([callApi("GET", `api/v1/challenges/challenges/?${query()}`), recordAgainst(rival)]).catch(() => []);
  if (found && thisCall === latestCall) changePage(() => render(found, record)); // else no answer, or a later call renders the list
}

function render(found, record) {
  const isFiltered = rival || filters.elements.status.value || filters.elements.challenge_type.value;
  const pages = Math.ceil(found.count / PAGE_SIZE);
  filters.hidden = !found.count && !isFiltered;
  $("no-duels").hidden = found.count > 0 || isFiltered;
  $("none-found").hidden = found.count > 0 || !isFiltered;
  $("history-pages").hidden = pages < 2;
  $("history-page").textContent = text("page_of", { page, pages });
  newer.disabled = !found.previous;
  older.disabled = !found.next;
  renderInto(filters.elements.challenge_type, challengeTypes, typeOptions);
  renderInto($("history-rival"), [rival, record], () => (rival ? summary(record) : []));
  renderInto($("history"), found.results, () => found.results.map(item));
}

export function clearHistory() {
  page = 1;
  rival = null;
  filters.reset();
  latestCall++;
  for (const part of [$("history"), $("history-rival")]) renderInto(part, null, () => []);
}

function query() {
  const chosen = { ...Object.fromEntries(new FormData(filters)), opponent_username: rival?.username, page, page_size: PAGE_SIZE };
  return new URLSearchParams(Object.entries(chosen).filter(([, value]) => value));
}

const recordAgainst = (person) => person && callApi("GET", `api/v1/users/${encodeURIComponent(person.username)}/record/`);

const typeOptions = () => [el("option", { value: "" }, text("all_types")), ...challengeTypes.map(({ key, name }) => el("option", { value: key }, name))];

/** The rival whose duels are shown, and how these have ended. */
const summary = (record) => [
  avatar(rival),
  nameAndUsername(rival),
  el("span", {}, text("record", record)),
  button(text("all_rivals"), () => showRival(null), { class: "quiet", "data-action": "all-rivals" }),
];

function showRival(person) {
  [page, rival] = [1, person];
  refreshHistory();
}

function item(duel) {
  const other = duel.challenger.id === me.id ? duel.opponent : duel.challenger;
  const name = other ? shownName(other) : text("somebody");
  const time = new Date(duel.created_at);
  const when = el("time", { datetime: duel.created_at }, DATE.format(time));
  const label = text("only_against", { name });
  return el(
    "li",
    {},
    other
      ? button(avatar(other), () => showRival(other), { class: "quiet", "aria-label": label, title: label, "data-action": "only-against", "data-key": `against-${duel.id}` })
      : avatar(null),
    el(
      "a",
      { href: `#challenge-${duel.id}`, "data-challenge": duel.id, "data-key": duel.id },
      el("span", { class: "what" }, el("strong", {}, typeName(duel.challenge_type)), el("span", { class: "hint" }, text("versus", { name }), " · ", when)),
      badge(duel),
    ),
  );
}

function badge({ status, challenger, user_is_winner, user_score, opponent_score }) {
  if (UNFINISHED.includes(status)) return el("span", { class: "badge", "data-outcome": "open" }, text(openLabel(status, challenger)));
  if (status !== "completed") return el("span", { class: "badge" }, text(`only_${status}`));
  const outcome = OUTCOMES[user_is_winner];
  const score = el("span", { class: "score" }, `${user_score} : ${opponent_score}`);
  return el("span", { class: "badge", "data-outcome": outcome }, text(outcome), " ", score);
}

function openLabel(status, challenger) {
  if (status === "pending_matchmaking") return "looking";
  if (status === "pending_invite") return challenger.id === me.id ? "unanswered" : "to_answer";
  return "continue";
}

filters.addEventListener("change", () => {
  page = 1;
  refreshHistory();
});

for (const [pageButton, step] of [[newer, -1], [older, 1]]) {
  pageButton.addEventListener("click", () => {
    page += step;
    refreshHistory();
  });
}
