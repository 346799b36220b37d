// The list of the user's duels in the lobby, newest first, one page at a time.

import { callApi } from "./api.js";
import { typeName } from "./challenge-types.js";
import { shownName } from "./names.js";
import { $, el, renderInto } from "./rendering.js";
import { me } from "./session.js";
import { locale, text } from "./texts.js";

const PAGE_SIZE = 8;
const OUTCOMES = { true: "won", false: "lost", null: "draw" };
const UNFINISHED = ["pending_invite", "pending_matchmaking", "accepted", "ongoing"];

const [newer, older] = ["previous-page", "next-page"].map((name) => document.querySelector(`[data-action='${name}']`));
// Latin digits, as in the questions, and the Gregorian calendar, in Arabic, too.
const DATE = new Intl.DateTimeFormat(`${locale}-u-nu-latn-ca-gregory`, { dateStyle: "medium", timeStyle: "short" });
let page = 1;
let latestCall = 0;

export async function refreshHistory() {
  const thisCall = ++latestCall;
  const found = await callApi("GET", `api/v1/challenges/challenges/?page=${page}&page_size=${PAGE_SIZE}`).catch(() => null);
  if (!found || thisCall !== latestCall) return; // no answer, or a later call renders the list
  const pages = Math.ceil(found.count / PAGE_SIZE);
  $("no-duels").hidden = found.count > 0;
  $("history-pages").hidden = pages < 2;
  $("history-page").textContent = text("page_of", { page, pages });
  newer.disabled = !found.previous;
  older.disabled = !found.next;
  renderInto($("history"), found.results, () => found.results.map(item));
}

export function clearHistory() {
  page = 1;
  latestCall++;
  renderInto($("history"), null, () => []);
}

function item(duel) {
  const rival = duel.challenger.id === me.id ? duel.opponent : duel.challenger;
  const name = rival ? shownName(rival) : text("somebody");
  const time = new Date(duel.created_at);
  const when = el("time", { datetime: duel.created_at }, DATE.format(time));
  return el(
    "li",
    {},
    el(
      "a",
      { href: `#challenge-${duel.id}`, "data-challenge": duel.id, "data-key": duel.id },
      el("span", { class: "what" }, el("strong", {}, typeName(duel.challenge_type)), el("span", { class: "hint" }, text("versus", { name }), " · ", when)),
      badge(duel),
    ),
  );
}

function badge({ status, status_display, user_is_winner, user_score, opponent_score }) {
  if (UNFINISHED.includes(status)) return el("span", { class: "badge", "data-outcome": "open" }, text("continue"));
  if (status !== "completed") return el("span", { class: "badge" }, status_display);
  const outcome = OUTCOMES[user_is_winner];
  const score = el("span", { class: "score" }, `${user_score} : ${opponent_score}`);
  return el("span", { class: "badge", "data-outcome": outcome }, text(outcome), " ", score);
}

for (const [pageButton, step] of [[newer, -1], [older, 1]]) {
  pageButton.addEventListener("click", () => {
    page += step;
    refreshHistory();
  });
}
