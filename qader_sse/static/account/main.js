// The page at /account/: what the person is called, how the service looks in this browser, and where
// they are signed in.

import { BASE, callApi } from "../app/api.js";
import { avatar } from "../app/avatar.js";
import { runForm } from "../app/forms.js";
import { nameAndUsername } from "../app/names.js";
import { $, el, runAction, setText } from "../app/rendering.js";
import { locale, text } from "../app/texts.js";
import { chooseTheme } from "../app/theme.js";

const SESSIONS = "api/v1/auth/sessions/";

const names = $("names");
const sessions = $("sessions");
const problem = sessions.parentElement.querySelector(".problem");

const showProfile = (user) => $("profile").replaceChildren(avatar(user), nameAndUsername(user));

names.addEventListener("submit", (event) => {
  event.preventDefault();
  const said = names.querySelector("[role='status']");
  setText(said, "");
  runForm(names, event.submitter, async (entered) => {
    const user = await callApi("PATCH", "api/v1/users/me/", entered);
    for (const name of Object.keys(entered)) names.elements[name].value = user[name] ?? "";
    showProfile(user);
    setText(said, text("saved"));
  });
});

async function showSessions() {
  const { results } = await callApi("GET", SESSIONS);
  sessions.replaceChildren(...results.map(sessionRow));
  $("end-others").hidden = results.length < 2;
}

function sessionRow({ id, device, created_at, is_current }) {
  const when = new Date(created_at).toLocaleString(`${locale}-u-nu-latn-ca-gregory`, { dateStyle: "medium", timeStyle: "short" });
  return el(
    "li",
    { class: "row" },
    el("bdi", {}, device ?? text("unknown_device")),
    el("span", { class: "hint" }, is_current ? `${when} · ${text("here")}` : when),
    !is_current && el("button", { type: "button", class: "quiet", onclick: endBy("DELETE", `${id}/`) }, text("end")),
  );
}

/** A click handler: end sessions by a call, then show those that are left. */
const endBy = (method, path) => (event) =>
  runAction(event.currentTarget, problem, async () => {
    await callApi(method, SESSIONS + path);
    await showSessions();
  });

$("end-others").addEventListener("click", endBy("POST", "end-others/"));
$("end-all").addEventListener("click", (event) =>
  runAction(event.currentTarget, problem, async () => {
    await callApi("POST", `${SESSIONS}end-others/`);
    await callApi("POST", "api/v1/auth/logout/");
    location.assign(BASE);
  }),
);
$("theme").addEventListener("change", ({ target }) => chooseTheme(target.value));
$("password").addEventListener("changed", showSessions);
showProfile(JSON.parse($("page-data").textContent).user);
runAction(sessions, problem, showSessions);
