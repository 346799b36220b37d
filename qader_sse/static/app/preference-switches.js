// The switches for alerts, in the lobby and on the account page; and the question that the app asks once,
// while the user waits for a duel.

import { getPreference, onPreferenceChange, setNotifications, setPreference } from "./preferences.js";
import { $, setText } from "./rendering.js";
import { text } from "./texts.js";

const question = $("ask-alerts"); // null on the account page
const switches = document.querySelectorAll("[data-preference]");

function render() {
  if (question) question.hidden = getPreference("wasAsked");
  for (const input of switches) input.checked = getPreference(input.dataset.preference);
}

async function change({ sound = getPreference("sound"), notifications = getPreference("notifications") }) {
  setPreference("wasAsked", true);
  setPreference("sound", sound);
  await setNotifications(notifications);
  render(); // a switch that the browser has refused goes back
  setText($("alerts-problem"), notifications && !getPreference("notifications") ? text("notifications_blocked") : "");
}

for (const answer of document.querySelectorAll("#ask-alerts button")) {
  const isWanted = answer.value === "yes";
  answer.addEventListener("click", () => change({ sound: isWanted, notifications: isWanted }));
}
for (const input of switches) input.addEventListener("change", () => change({ [input.dataset.preference]: input.checked }));
onPreferenceChange(render);
render();
