// The invite whose link was opened. Who is signed in is asked once more; who signs in on that page has
// seen whose invite it is, and is in the duel at once.

import { BASE, callApi, withRetries } from "./api.js";
import { runAction } from "./rendering.js";
import { invite } from "./texts.js";
import { problemElement, showView, viewElement } from "./views.js";

/**
 * Show the invite, if the page has one; return whether it has. A duel that was opened from here, such as
 * by the banner of another invite, is shown by the page without an invite.
 */
export function openInvite(user, { duelId, hasSignedInHere }) {
  if (!invite) return false;
  if (user && duelId) openDuelPage(duelId);
  else {
    showView(user ? "join" : "sign-in");
    if (hasSignedInHere) joinButton().click();
  }
  return true;
}

/** Replace this page, so that the token does not stay in the history. */
const openDuelPage = (id) => location.replace(`${BASE}#challenge-${id}`);

const joinButton = () => viewElement("join").querySelector("[data-action='join']");

if (invite) {
  joinButton().addEventListener("click", ({ currentTarget }) =>
    runAction(currentTarget, problemElement("join"), async () => {
      const { id } = await withRetries(() => callApi("POST", "api/v1/challenges/links/accept/", { token: invite }));
      openDuelPage(id);
    }),
  );
}
