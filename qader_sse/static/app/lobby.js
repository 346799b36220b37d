// The lobby: what kind of duel, and against whom.

import { $, attempt, bdi, button, el, paint } from "./rendering.js";
import { avatar } from "./avatar.js";
import { call, create } from "./api.js";
import { text } from "./texts.js";
import { facts, types } from "./challenge-types.js";

const REFRESH_MS = 5000;

const form = $("new-duel");
const problem = $("lobby-problem");
let timer;

export function openLobby() {
  paint($("types"), types, () => types.map(typeCard));
  clearInterval(timer);
  timer = setInterval(refreshOnline, REFRESH_MS);
  refreshOnline();
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
  const there = await call("GET", "api/v1/users/online/").catch(() => null);
  if (!there) return;
  $("nobody-online").hidden = there.results.length > 0;
  paint($("online"), there.results, () => there.results.map(person));
}

function person(user) {
  const press = ({ currentTarget }) => challenge(currentTarget, { opponent_username: user.username });
  const label = text("invite_name", { name: user.username });
  const key = `invite-${user.username}`;
  return el(
    "li",
    { "data-online": user.username },
    avatar(user),
    el("span", {}, bdi(user.username)),
    button(text("invite"), press, { "aria-label": label, "data-action": "invite", "data-key": key }),
  );
}

const challenge = (pressed, opponent) =>
  attempt(pressed, problem, async () => {
    const body = { challenge_type: form.elements.challenge_type.value, ...opponent };
    const { id } = await create(body);
    location.hash = `challenge-${id}`;
  });

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const field = form.elements.opponent_username;
  const name = field.value.trim();
  if (!name) return field.focus(); // an empty one would mean anybody
  challenge(form.querySelector(".by-hand [data-action='invite']"), { opponent_username: name });
});

form.querySelector("[data-action='search']").addEventListener("click", (event) => challenge(event.currentTarget, {}));

document.addEventListener("visibilitychange", () => {
  if (!document.hidden && !form.closest("section").hidden) refreshOnline();
});
