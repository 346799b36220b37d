// Who is signed in. Tabs share the cookie, so another one may sign out, or in as somebody else.

import { $, attempt, say } from "./rendering.js";
import { call, pause } from "./api.js";
import { demoPassword, isSignedIn, text } from "./texts.js";
import { show } from "./views.js";

const problem = $("sign-in-problem");
const account = document.querySelector(".account");

export let me = null;
let changed;

/** Find out who is there; `changed()` is called whenever that is somebody else, or nobody. */
export async function begin(whenChanged) {
  // Where the page says that nobody is, asking would only bring a refusal.
  let there = isSignedIn === false ? null : await whoIsThere();
  for (let tried = 1; there === undefined; tried++) {
    await unanswered(tried);
    there = await whoIsThere();
  }
  changed = whenChanged;
  become(there);
}

/** The page is here and the service is not: say so, and wait a little before trying again. */
export function unanswered(tried) {
  say(problem, text("no_answer"));
  show("sign-in");
  return pause(tried);
}

/**
 * Ask again: after a refusal, and when somebody comes back to this tab. Returns whether it is the
 * same person still, as far as the service says.
 */
export async function check() {
  const there = me && (await whoIsThere());
  if (!me) return false;
  if (there === undefined || there?.id === me.id) return true;
  if (there) location.reload();
  else become(null, text("signed_out"));
  return false;
}

/** Return who is signed in, null for nobody, undefined if the service does not say. */
const whoIsThere = () =>
  call("GET", "api/v1/users/me/").catch((refused) => (refused.status === 401 ? null : undefined));

function become(user, why = "") {
  me = user;
  account.hidden = $("inspector").hidden = !me;
  $("me").textContent = me?.username ?? "";
  say(problem, why);
  changed();
}

const fields = [...$("credentials").querySelectorAll("input")];

const enter = (pressed, action, credentials) =>
  attempt(pressed, problem, async () => {
    pointAt([]);
    const there = await call("POST", `api/v1/auth/${action}/`, credentials).catch((refused) => {
      pointAt(refused.fields ?? []);
      throw refused;
    });
    become(there.user);
    $("credentials").reset();
  });

/** Mark the fields that a refusal is about, and go to the first. */
function pointAt(names) {
  for (const field of fields) field.ariaInvalid = names.includes(field.name) ? "true" : null;
  fields.find(({ name }) => names.includes(name))?.focus();
}

for (const pressed of document.querySelectorAll("[data-demo]")) {
  const credentials = { username: pressed.dataset.demo, password: demoPassword };
  pressed.addEventListener("click", () => enter(pressed, "login", credentials));
}

$("credentials").addEventListener("submit", (event) => {
  event.preventDefault();
  enter(event.submitter, event.submitter.value, Object.fromEntries(new FormData(event.target)));
});

document.querySelector("[data-action='sign-out']").addEventListener("click", ({ currentTarget }) =>
  attempt(currentTarget, $("toast"), async () => {
    await call("POST", "api/v1/auth/logout/");
    become(null);
  }),
);
