// The page: who is here, and which of the views the address asks for.

import { closeDuel, openDuel } from "./duel/duel.js";
import { forgetHistory, refreshHistory } from "./duel-history.js";
import { closeLobby, openLobby } from "./lobby.js";
import { followNews, newsWithout, refreshInvites, stopNews } from "./notifications.js";
import { closeOutboxes } from "./duel/saved-answers.js";
import { begin, check, me, unanswered } from "./session.js";
import { clearToast } from "./toast.js";
import { loadTypes } from "./challenge-types.js";
import { show } from "./views.js";

// No more digits than an address of the service has.
const openId = () => Number(/^#challenge-([1-9]\d{0,9})$/.exec(location.hash)?.[1]) || null;

function personChanged() {
  stopNews();
  closeOutboxes();
  forgetHistory();
  if (me) followNews(refreshHistory);
  openFromAddress();
}

function openFromAddress() {
  clearToast();
  closeLobby();
  closeDuel();
  newsWithout(openId());
  for (const link of document.querySelectorAll("[data-language]")) link.hash = location.hash;
  if (!me) show("sign-in");
  else if (openId()) openDuel(openId(), me);
  else {
    openLobby();
    refreshHistory();
    show("lobby");
  }
}

addEventListener("hashchange", openFromAddress);
addEventListener("focus", () => {
  check();
  if (me) refreshInvites();
});

for (let tried = 1; !(await loadTypes()); tried++) await unanswered(tried);
await begin(personChanged);
