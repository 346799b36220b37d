// The lobby: choosing a type of duel and an opponent.

import { callApi, createChallenge } from "./api.js";
import { avatar } from "./avatar.js";
import { challengeTypes, facts } from "./challenge-types.js";
import { refreshPeople } from "./people.js";
import { $, bdi, button, el, renderInto, runAction } from "./rendering.js";
import { text } from "./texts.js";

const REFRESH_MS = 5000;

const form = $("new-duel");
const problem = $("lobby-problem");
let timer;

export function openLobby() {
  renderInto($("types"), challengeTypes, () => challengeTypes.map(typeCard));
  clearInterval(timer);
  timer = setInterval(refreshOnline, REFRESH_MS);
  refreshOnline();
  refreshPeople();
}

export function closeLobby() {
  clearInterval(timer);
}

function typeCard({ key, name, description, ...config }, index) {
  const radio = el("input", { type: "radio", name: "challenge_type", value: key, "data-type": key, checked: index === 0 });
  return el(
    "label",
    { class: "type" },
    radio,
    el("span", { class: "type-name" }, name),
    el("span", { class: "hint" }, description),
    el("ul", { class: "facts" }, ...facts(config)),
  );
}

async function refreshOnline() {
  if (document.hidden) return;
  const online = await callApi("GET", "api/v1/users/online/").catch(() => null);
  if (!online) return;
  $("nobody-online").hidden = online.results.length > 0;
  renderInto($("online"), online.results, () => online.results.map(person));
}

function person(user) {
  const invite = ({ currentTarget }) => challenge(currentTarget, { opponent_username: user.username });
  const label = text("invite_name", { name: user.username });
  const key = `invite-${user.username}`;
  return el(
    "li",
    { "data-online": user.username },
    avatar(user),
    el("span", {}, bdi(user.username)),
    button(text("invite"), invite, { "aria-label": label, "data-action": "invite", "data-key": key }),
  );
}

const challenge = (pressed, opponent) =>
  runAction(pressed, problem, async () => {
    const body = { challenge_type: form.elements.challenge_type.value, ...opponent };
    const { id } = await createChallenge(body);
    location.hash = `challenge-${id}`;
  });

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const field = form.elements.opponent_username;
  const name = field.value.trim();
  if (!name) return field.focus(); // the service takes an empty name for a search
  challenge(form.querySelector(".by-hand [data-action='invite']"), { opponent_username: name });
});

form.querySelector("[data-action='search']").addEventListener("click", (event) => challenge(event.currentTarget, {}));

document.addEventListener("visibilitychange", () => {
  if (!document.hidden && !form.closest("section").hidden) refreshOnline();
});
