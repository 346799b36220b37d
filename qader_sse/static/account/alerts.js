// The switches for sounds and notifications in this browser, as in the lobby.

import { getPreference, onPreferenceChange, setNotifications, setPreference } from "../app/preferences.js";
import { $, setText } from "../app/rendering.js";
import { text } from "../app/texts.js";

const [sound, notifications] = ["sound", "notifications"].map((name) => document.querySelector(`[data-preference='${name}']`));

function render() {
  sound.checked = getPreference("sound");
  notifications.checked = getPreference("notifications");
}

sound.addEventListener("change", () => setPreference("sound", sound.checked));
notifications.addEventListener("change", async () => {
  const isWanted = notifications.checked;
  await setNotifications(isWanted);
  render(); // what the browser has refused goes back
  setText($("alerts-problem"), isWanted && !getPreference("notifications") ? text("notifications_blocked") : "");
});
onPreferenceChange(render);
render();
