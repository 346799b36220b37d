// The lobby: a search in the type last played, and invites to people by name.

import { callApi } from "./api.js";
import { avatar } from "./avatar.js";
import { challengeTypes, lastPlayed, rememberPlayed, shortFacts, typeName } from "./challenge-types.js";
import { nameAndUsername, shownName } from "./names.js";
import { openNewChallenge } from "./opening.js";
import { refreshPeople } from "./people.js";
import { $, button, el, renderInto, runAction } from "./rendering.js";
import { changePage } from "./steady.js";
import { text } from "./texts.js";

const REFRESH_MS = 5000;

const form = $("new-duel");
const byName = $("invite-by-name");
const nameField = byName.elements.opponent_username;
let timer;

export function openLobby() {
  renderInto($("types"), challengeTypes, () => challengeTypes.map(typeChoice));
  clearInterval(timer);
  timer = setInterval(refreshOnline, REFRESH_MS);
  refreshOnline();
  refreshPeople();
}

export function closeLobby() {
  clearInterval(timer);
}

function typeChoice({ key, ...type }) {
  const radio = el("input", { type: "radio", name: "challenge_type", value: key, "data-type": key, checked: key === lastPlayed() });
  return el(
    "label",
    { class: "type" },
    radio,
    el("span", { class: "type-name" }, typeName(key)),
    el("span", { class: "hint" }, ...shortFacts(type)),
  );
}

async function refreshOnline() {
  if (document.hidden) return;
  const online = await callApi("GET", "api/v1/users/online/").catch(() => null);
  if (!online) return;
  changePage(() => {
    $("nobody-online").hidden = online.results.length > 0;
    renderInto($("online"), online.results, () => online.results.map(person));
  });
}

function person(user) {
  const invite = ({ currentTarget }) => create(currentTarget, $("online-problem"), { opponent_username: user.username });
  const label = text("invite_name", { name: shownName(user) });
  const key = `invite-${user.username}`;
  return el(
    "li",
    { "data-online": user.username },
    avatar(user),
    nameAndUsername(user),
    button(text("invite"), invite, { "aria-label": label, "data-action": "invite", "data-key": key }),
  );
}

/** Create a challenge of the chosen type, and open it. `path` is another one for an invite by link. */
const create = (pressed, problem, opponent, path) =>
  runAction(pressed, problem, async () => {
    const challenge_type = form.elements.challenge_type.value;
    await openNewChallenge({ challenge_type, ...opponent }, path);
    rememberPlayed(challenge_type);
  });

form.addEventListener("submit", (event) => {
  event.preventDefault();
  create(event.submitter, $("search-problem"), {});
});

byName.addEventListener("submit", async (event) => {
  event.preventDefault();
  const opponent_username = nameField.value.trim();
  if (!opponent_username) return nameField.focus(); // the service takes an empty name for a search
  await create(event.submitter, $("name-problem"), { opponent_username });
  const isRefused = $("name-problem").textContent !== "";
  nameField.ariaInvalid = isRefused ? "true" : null;
  if (isRefused) nameField.focus();
});

byName.querySelector("[data-action='link']").addEventListener("click", ({ currentTarget }) =>
  create(currentTarget, $("link-problem"), {}, "api/v1/challenges/links/"),
);

document.addEventListener("visibilitychange", () => {
  if (!document.hidden && !form.closest("section").hidden) refreshOnline();
});
