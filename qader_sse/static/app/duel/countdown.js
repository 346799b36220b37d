// The countdown of a duel, by the server's clock.

import { announce, setText } from "../rendering.js";
import { play } from "../sounds.js";
import { counted, text } from "../texts.js";
import { serverNow } from "./duel-clock.js";
import { minutesAndSeconds, secondsLeft } from "./server-clock.js";

const UPDATE_MS = 200;
const WARNINGS = [60, 10]; // the seconds left at which screen readers get an announcement

let timer, deadline, total, announced, isPlaying;

/**
 * Begin the countdown of a duel that has started, now or some time ago. Without a deadline it shows ∞.
 * The last seconds tick while `isStillPlaying()`.
 */
export function startCountdown({ deadline_at, first_question_at, challenge_config, attempts }, isStillPlaying) {
  stopCountdown();
  isPlaying = isStillPlaying;
  deadline = deadline_at && Date.parse(deadline_at);
  // Without a time limit, the time begins to run when the first player has answered everything.
  const begin = challenge_config.time_limit_seconds ? first_question_at : attempts.find(({ end_time }) => end_time)?.end_time;
  total = (deadline - Date.parse(begin)) / 1000;
  timer = setInterval(renderCountdown, UPDATE_MS);
  renderCountdown();
}

export function stopCountdown() {
  clearInterval(timer);
  announced = undefined;
  deadline = undefined;
}

/** Render the time left in the scoreboard's element, which is looked up, since the scoreboard is often rebuilt. */
export function renderCountdown() {
  const element = document.querySelector("[data-countdown]");
  if (!element) return;
  if (!deadline) return setText(element, "∞");
  const seconds = secondsLeft(deadline, serverNow());
  const isLast = seconds <= WARNINGS[1];
  setText(element, isLast ? String(seconds) : minutesAndSeconds(seconds));
  element.dataset.pace = isLast ? "last" : seconds <= WARNINGS[0] ? "late" : "";
  element.parentElement.style.setProperty("--left", String(seconds / total));
  warn(seconds);
}

function warn(seconds) {
  const before = announced ?? seconds;
  announced = seconds;
  if (seconds < before && seconds > 0 && seconds <= 10 && isPlaying()) play("tick");
  const passed = WARNINGS.find((limit) => seconds <= limit && before > limit);
  if (passed) announce(counted("seconds_left", seconds), { urgent: passed === 10 });
  if (seconds === 0 && before > 0) announce(text("time_is_up"), { urgent: true });
}
