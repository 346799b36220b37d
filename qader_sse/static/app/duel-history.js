// One's duels, newest first, a page at a time.

import { $, el, paint } from "./rendering.js";
import { call } from "./api.js";
import { me } from "./session.js";
import { locale, text } from "./texts.js";
import { typeName } from "./challenge-types.js";

const PAGE_SIZE = 8;
const OUTCOMES = { true: "won", false: "lost", null: "draw" };
const GOING_ON = ["pending_invite", "pending_matchmaking", "accepted", "ongoing"];

const [newer, older] = ["previous-page", "next-page"].map((name) => document.querySelector(`[data-action='${name}']`));
// Digits as the questions have them.
const DATE = new Intl.DateTimeFormat(`${locale}-u-nu-latn-ca-gregory`, { dateStyle: "medium", timeStyle: "short" });
let page = 1;
let turn = 0;

export async function refreshHistory() {
  const mine = ++turn;
  const found = await call("GET", `api/v1/challenges/challenges/?page=${page}&page_size=${PAGE_SIZE}`).catch(() => null);
  if (!found || mine !== turn) return; // a later call will tell
  const pages = Math.ceil(found.count / PAGE_SIZE);
  $("no-duels").hidden = found.count > 0;
  $("history-pages").hidden = pages < 2;
  $("history-page").textContent = text("page_of", { page, pages });
  newer.disabled = !found.previous;
  older.disabled = !found.next;
  paint($("history"), found.results, () => found.results.map(item));
}

export function forgetHistory() {
  page = 1;
  turn++;
  paint($("history"), null, () => []);
}

function item(duel) {
  const rival = (duel.challenger.id === me.id ? duel.opponent : duel.challenger)?.username ?? text("somebody");
  const time = new Date(duel.created_at);
  const when = el("time", { datetime: duel.created_at }, DATE.format(time));
  return el(
    "li",
    {},
    el(
      "a",
      { href: `#challenge-${duel.id}`, "data-challenge": duel.id, "data-key": duel.id },
      el("span", { class: "what" }, el("strong", {}, typeName(duel.challenge_type)), el("span", { class: "hint" }, text("versus", { name: rival }), " · ", when)),
      badge(duel),
    ),
  );
}

function badge({ status, status_display, user_is_winner, user_score, opponent_score }) {
  if (GOING_ON.includes(status)) return el("span", { class: "badge", "data-outcome": "open" }, text("continue"));
  if (status !== "completed") return el("span", { class: "badge" }, status_display);
  const outcome = OUTCOMES[user_is_winner];
  const score = el("span", { class: "score" }, `${user_score} : ${opponent_score}`);
  return el("span", { class: "badge", "data-outcome": outcome }, text(outcome), " ", score);
}

for (const [pressed, step] of [[newer, -1], [older, 1]]) {
  pressed.addEventListener("click", () => {
    page += step;
    refreshHistory();
  });
}
