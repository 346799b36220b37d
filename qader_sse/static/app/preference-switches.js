// The switches for alerts, and the question that is asked once, while the user waits for a duel.

import { getPreference, onPreferenceChange, setNotifications, setPreference } from "./preferences.js";
import { $, setText } from "./rendering.js";
import { text } from "./texts.js";

const question = $("ask-alerts");
const switches = document.querySelectorAll("[data-preference]");

function render() {
  question.hidden = getPreference("wasAsked");
  for (const input of switches) input.checked = getPreference(input.dataset.preference);
}

async function change({ sound = getPreference("sound"), notifications = getPreference("notifications") }) {
  setPreference("wasAsked", true);
  setPreference("sound", sound);
  await setNotifications(notifications);
  render(); // a switch that the browser has refused goes back
  setText($("alerts-problem"), notifications && !getPreference("notifications") ? text("notifications_blocked") : "");
}

for (const answer of question.querySelectorAll("button")) {
  const isWanted = answer.value === "yes";
  answer.addEventListener("click", () => change({ sound: isWanted, notifications: isWanted }));
}
for (const input of switches) input.addEventListener("change", () => change({ [input.dataset.preference]: input.checked }));
onPreferenceChange(render);
render();
