// The invite whose link was opened. Who is signed in is asked once more; who signs in on that page has
// seen whose invite it is, and is in the duel at once.

import { BASE, callApi, withRetries } from "./api.js";
import { runAction } from "./rendering.js";
import { invite } from "./texts.js";
import { problemElement, showView, viewElement } from "./views.js";

let hasSignedInHere = false;

/** Show the invite, if the page has one. Return whether it is shown. */
export function openInvite(user) {
  if (!invite) return false;
  if (!user) hasSignedInHere = true;
  showView(user ? "join" : "sign-in");
  if (user && hasSignedInHere) joinButton().click();
  return true;
}

const joinButton = () => viewElement("join").querySelector("[data-action='join']");

if (invite) {
  joinButton().addEventListener("click", ({ currentTarget }) =>
    runAction(currentTarget, problemElement("join"), async () => {
      const { id } = await withRetries(() => callApi("POST", "api/v1/challenges/links/accept/", { token: invite }));
      location.replace(`${BASE}#challenge-${id}`); // so that the token does not stay in the history
    }),
  );
}
