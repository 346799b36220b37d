// Shows the view for the user and the page's address: nobody gets the sign-in, #challenge-7 is that
// duel, and any other address the lobby. The modules of a duel come after the lobby, which a first
// visit shows the sooner.

import { loadChallengeTypes } from "./challenge-types.js";
import { clearHistory, refreshHistory } from "./duel-history.js";
import { openInvite } from "./join.js";
import { closeLobby, openLobby } from "./lobby.js";
import { followNotifications, hideInviteOf, refreshInvites, stopNotifications } from "./notifications.js";
import "./preference-switches.js";
import { $ } from "./rendering.js";
import { hasSignedInHere, me, recheckUser, startSession, waitForService } from "./session.js";
import "./sign-in.js";
import { text } from "./texts.js";
import "./theme.js";
import { clearToast, showToast } from "./toast.js";
import { showView } from "./views.js";

// Long enough for the lobby's own requests, which come first.
const LOAD_DUEL_AFTER_MS = 2000;

let duel; // the module, once it is here

// Ten digits at most: the service takes no longer ids.
const duelInAddress = () => Number(/^#challenge-([1-9]\d{0,9})$/.exec(location.hash)?.[1]) || null;

function userChanged() {
  stopNotifications();
  duel?.closeAnswerQueues();
  clearHistory();
  if (me) followNotifications(refreshHistory);
  openFromAddress();
}

function openFromAddress() {
  clearToast();
  closeLobby();
  const running = duel?.closeDuel();
  hideInviteOf(duelInAddress());
  for (const link of document.querySelectorAll("[data-language]")) link.hash = location.hash;
  if (openInvite(me, { duelId: duelInAddress(), hasSignedInHere })) return;
  if (!me) showView("sign-in");
  else if (duelInAddress()) openDuel(duelInAddress());
  else {
    openLobby();
    refreshHistory();
    showView("lobby");
    if (running) showToast(text("duel_goes_on"), `#challenge-${running}`);
  }
}

async function openDuel(id) {
  duel ??= await loadDuel();
  // While the modules came, another address may have been opened, or another user have signed in.
  if (me && duelInAddress() === id) duel.openDuel(id, me);
}

/** Load the modules of a duel. Some browsers remember a failure, so after one the page is loaded again. */
async function loadDuel() {
  try {
    return await import("./duel/duel.js");
  } catch {
    await waitForService(1);
    location.reload();
    return new Promise(() => {}); // nothing goes on in a page that is being left
  }
}

addEventListener("hashchange", openFromAddress);
// As an ordinary link it would change the address, and so leave the duel that is open.
document.querySelector(".skip-link").addEventListener("click", (event) => {
  event.preventDefault();
  $("main").focus();
});
setTimeout(() => import("./duel/duel.js").catch(() => {}), duelInAddress() ? 0 : LOAD_DUEL_AFTER_MS);

for (let failures = 1; !(await loadChallengeTypes()); failures++) await waitForService(failures);
await startSession(userChanged);
addEventListener("focus", () => {
  recheckUser();
  if (me) refreshInvites();
});
