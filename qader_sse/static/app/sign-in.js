// The sign-in view: one form for an account that exists, one for a new one, and the demo accounts.

import { callApi } from "./api.js";
import { runForm } from "./forms.js";
import { $, runAction } from "./rendering.js";
import { enter } from "./session.js";
import { demoPassword } from "./texts.js";

const [credentials, registration] = [$("credentials"), $("registration")];

/** Log in or register: `action` is "login" or "register", the last part of the address. */
async function signIn(action, body) {
  const { user } = await callApi("POST", `api/v1/auth/${action}/`, body);
  for (const form of [credentials, registration]) form.reset();
  enter(user);
}

credentials.addEventListener("submit", (event) => {
  event.preventDefault();
  runForm(credentials, event.submitter, (entered) => signIn("login", entered));
});

registration.addEventListener("submit", (event) => {
  event.preventDefault();
  // Without a name of their own choice, people are called by their username.
  runForm(registration, event.submitter, ({ preferred_name, ...entered }) => signIn("register", { ...entered, preferred_name: preferred_name.trim() || null }));
});

for (const [action, from, to] of [["to-registration", credentials, registration], ["to-sign-in", registration, credentials]]) {
  from.querySelector(`[data-action='${action}']`).addEventListener("click", () => {
    to.elements.username.value = from.elements.username.value;
    [from.hidden, to.hidden] = [true, false];
    to.elements.username.focus();
  });
}

for (const demo of document.querySelectorAll("[data-demo]")) {
  demo.addEventListener("click", () => runAction(demo, $("demo-problem"), () => signIn("login", { username: demo.dataset.demo, password: demoPassword })));
}
