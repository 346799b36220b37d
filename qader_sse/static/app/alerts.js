// Calls the user to what has happened: by a sound, and by the browser's own notification while the page is hidden.

import { BASE } from "./api.js";
import { getPreference } from "./preferences.js";
import { play } from "./sounds.js";
import { locale, text } from "./texts.js";

/** `sound` is one of those in sounds.js; `challengeId` names the duel that a click on the notification opens. */
export function alertUser(sound, message, challengeId) {
  play(sound);
  if (document.hidden && getPreference("notifications")) notify(message, challengeId);
}

function notify(message, challengeId) {
  if (globalThis.Notification?.permission !== "granted") return;
  const options = { body: message, tag: `challenge-${challengeId}`, lang: locale, dir: document.dir, icon: `${BASE}static/icon.svg` };
  try {
    // The tag makes one of the notifications of several tabs.
    new Notification(text("title"), options).onclick = ({ target }) => {
      target.close();
      focus();
      location.hash = `challenge-${challengeId}`;
    };
  } catch (error) {
    // Chrome on Android lets only service workers notify.
    if (!(error instanceof TypeError)) throw error;
  }
}
