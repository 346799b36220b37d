// The user who is signed in. Tabs share the cookie, so another tab may sign out, or sign in as
// another user.

import { callApi, retryDelay } from "./api.js";
import { avatar } from "./avatar.js";
import { nameElement } from "./names.js";
import { $, runAction, setText } from "./rendering.js";
import { isSignedIn, text } from "./texts.js";
import { showView } from "./views.js";

const account = document.querySelector(".account");
const otherTabs = new BroadcastChannel("qader-sse sign-in");

/** The user who is signed in, or null. */
export let me = null;
/** Whether the user has signed in on this page, and not in another tab. */
export let hasSignedInHere = false;
let onUserChange;

/** Ask the service, until it answers, who is signed in; call `whenChanged()` then and at every change of the user. */
export async function startSession(whenChanged) {
  // The page already says when nobody is signed in: a request would only be refused.
  let user = isSignedIn === false ? null : await fetchUser();
  for (let failures = 1; user === undefined; failures++) {
    await waitForService(failures);
    user = await fetchUser();
  }
  onUserChange = whenChanged;
  setUser(user);
  // Each message means that another tab has signed in. This tab may show another user, or nobody.
  otherTabs.onmessage = recheckUser;
}

/** Show that the service does not answer, and wait before the next attempt. */
export function waitForService(failures) {
  setText($("sign-in-problem"), text("no_answer"));
  showView("sign-in");
  return retryDelay(failures);
}

/**
 * Ask the service again who is signed in: after a refusal, when this tab gets the focus, and when
 * another tab has signed in. Return whether `me` is still signed in, or may be, since the service does
 * not answer. For another user the page is loaded again; for nobody, the sign-in is shown.
 */
export async function recheckUser() {
  const before = me;
  const user = await fetchUser();
  if (me !== before) return recheckUser(); // the user changed meanwhile, and the answer may be older
  if (user === undefined || user?.id === me?.id) return me !== null;
  if (me && user) location.reload();
  else setUser(user, { reason: user ? "" : text("signed_out") });
  return false;
}

/** Return the user who is signed in; null for nobody (401), undefined after any other failure. */
const fetchUser = () =>
  callApi("GET", "api/v1/users/me/").catch((error) => (error.status === 401 ? null : undefined));

function setUser(user, { reason = "", isHere = false } = {}) {
  me = user;
  hasSignedInHere = isHere;
  account.hidden = $("inspector").hidden = !me;
  $("me").replaceChildren(...(me ? [avatar(me, "mine"), nameElement(me)] : []));
  setText($("sign-in-problem"), "");
  setText($("sign-in-note"), reason);
  onUserChange();
}

/** Show the page to somebody who has just signed in, and tell other tabs. */
export function enter(user) {
  setUser(user, { isHere: true });
  otherTabs.postMessage("signed in");
}

document.querySelector("[data-action='sign-out']").addEventListener("click", ({ currentTarget }) =>
  runAction(currentTarget, $("toast"), async () => {
    await callApi("POST", "api/v1/auth/logout/");
    setUser(null);
  }),
);
