// Shows the view for the user and the page's address: nobody gets the sign-in, #challenge-7 is that
// duel, and any other address the lobby.

import { loadChallengeTypes } from "./challenge-types.js";
import { closeDuel, openDuel } from "./duel/duel.js";
import { closeAnswerQueues } from "./duel/saved-answers.js";
import { clearHistory, refreshHistory } from "./duel-history.js";
import { closeLobby, openLobby } from "./lobby.js";
import { followNotifications, hideInviteOf, refreshInvites, stopNotifications } from "./notifications.js";
import { me, recheckUser, startSession, waitForService } from "./session.js";
import { clearToast } from "./toast.js";
import { showView } from "./views.js";

// Ten digits at most: the service takes no longer ids.
const duelInAddress = () => Number(/^#challenge-([1-9]\d{0,9})$/.exec(location.hash)?.[1]) || null;

function userChanged() {
  stopNotifications();
  closeAnswerQueues();
  clearHistory();
  if (me) followNotifications(refreshHistory);
  openFromAddress();
}

function openFromAddress() {
  clearToast();
  closeLobby();
  closeDuel();
  hideInviteOf(duelInAddress());
  for (const link of document.querySelectorAll("[data-language]")) link.hash = location.hash;
  if (!me) showView("sign-in");
  else if (duelInAddress()) openDuel(duelInAddress(), me);
  else {
    openLobby();
    refreshHistory();
    showView("lobby");
  }
}

addEventListener("hashchange", openFromAddress);

for (let failures = 1; !(await loadChallengeTypes()); failures++) await waitForService(failures);
await startSession(userChanged);
addEventListener("focus", () => {
  recheckUser();
  if (me) refreshInvites();
});
