// What somebody who searches sees meanwhile: for how long, what happens, and who looks for something else.

import { callApi } from "../api.js";
import { typeName } from "../challenge-types.js";
import { openNewChallenge } from "../opening.js";
import { $, button, el, renderInto, runAction, setText } from "../rendering.js";
import { counted, searchMinutes, text } from "../texts.js";
import { problemElement, viewElement } from "../views.js";
import { ServerClock, minutesAndSeconds } from "./server-clock.js";

const SEEKERS_MS = 10_000;

const panel = $("searching");
const again = viewElement("over").querySelector("[data-action='search-again']");
const clock = new ServerClock();
let search, timers, wanted;

/** Show a search, if this is one; it may be called with each message. */
export function renderSearch(state) {
  panel.hidden = state.status !== "pending_matchmaking";
  if (panel.hidden) return stopSearch();
  clock.reached(Date.parse(state.server_time));
  if (search?.id === state.id) return;
  stopSearch();
  search = state;
  setText($("search-end"), text("search_end", { time: counted("minutes", searchMinutes) }));
  timers = [setInterval(renderWaited, 1000), setInterval(refreshSeekers, SEEKERS_MS)];
  renderWaited();
  refreshSeekers();
}

export function stopSearch() {
  timers?.forEach(clearInterval);
  search = timers = undefined;
}

function renderWaited() {
  const seconds = Math.floor((clock.now() - Date.parse(search.created_at)) / 1000);
  setText($("waited"), minutesAndSeconds(Math.max(0, seconds)));
}

async function refreshSeekers() {
  if (document.hidden) return;
  const searchedFor = search;
  const found = await callApi("GET", "api/v1/challenges/seekers/").catch(() => null);
  if (!found || search !== searchedFor) return;
  const total = found.reduce((sum, { seekers }) => sum + seekers, 0);
  setText($("seekers"), total ? counted("seekers", total) : text("no_seekers"));
  const others = found.filter(({ key, seekers }) => seekers && key !== search.challenge_type);
  renderInto($("other-searches"), others, () => others.map(otherSearch));
}

const otherSearch = ({ key, seekers }) =>
  el("li", {}, button(`${typeName(key)} · ${seekers}`, ({ currentTarget }) => searchFor(key, currentTarget, "waiting"), { "data-key": key, "data-search": key }));

/** After what did not take place, offer to look for somebody else; `state` is null if there is nothing to go on with. */
export function offerSearch(state) {
  again.hidden = !state;
  wanted = state?.challenge_type;
  setText(problemElement("over"), "");
}

again.addEventListener("click", () => searchFor(wanted, again, "over"));

const searchFor = (challenge_type, pressed, view) =>
  runAction(pressed, problemElement(view), () => openNewChallenge({ challenge_type }));
