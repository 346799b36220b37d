// The pages at /account/ and /reset/: a new password, and where the person is signed in.

import { $, el, setText } from "../shared/dom.js";

const base = document.body.dataset.base;
const texts = JSON.parse($("texts").textContent);
const form = document.querySelector("form");
const sessions = $("sessions");

/** Call the service; return its answer, and throw an Error whose message can be shown. */
async function call(method, path, body) {
  const options = { method, headers: { "Content-Type": "application/json" }, body: body && JSON.stringify(body) };
  const response = await fetch(`${base}api/v1/auth/${path}`, options).catch(() => null);
  const answer = response?.status === 204 ? {} : await response?.json().catch(() => null);
  if (response?.ok && answer) return answer;
  throw new Error(answer ? Object.values(answer).flat().join(" ") : texts.no_answer);
}

/** Run an action of a part of the page, and show there why it failed. */
async function run(part, action) {
  const problem = part.querySelector(".problem");
  setText(problem, "");
  await action().catch((error) => setText(problem, error.message));
}

async function setPassword() {
  const body = Object.fromEntries(new FormData(form));
  // The secret of a link stands behind its #, which the browser sends to nobody.
  if (form.dataset.path.endsWith("reset/")) body.token = location.hash.slice(1);
  const { detail } = await call("POST", form.dataset.path, body);
  form.reset();
  setText(form.querySelector("[role=status]"), detail);
  if (sessions) await showSessions();
}

async function showSessions() {
  const { results } = await call("GET", "sessions/");
  sessions.replaceChildren(...results.map(sessionRow));
  $("end-others").hidden = results.length < 2;
}

function sessionRow({ id, device, created_at, is_current }) {
  const when = new Date(created_at).toLocaleString(document.documentElement.lang);
  const end = () => run(sessions.parentElement, async () => showSessions(await call("DELETE", `sessions/${id}/`)));
  return el(
    "li",
    { class: "row" },
    el("bdi", {}, device ?? texts.unknown_device),
    el("span", { class: "hint" }, is_current ? `${when} · ${texts.here}` : when),
    !is_current && el("button", { type: "button", class: "quiet", onclick: end }, texts.end),
  );
}

form?.addEventListener("submit", (event) => {
  event.preventDefault();
  run(form, setPassword);
});
if (sessions) {
  const part = sessions.parentElement;
  $("end-others").addEventListener("click", () =>
    run(part, async () => showSessions(await call("POST", "sessions/end-others/"))),
  );
  run(part, showSessions);
}
