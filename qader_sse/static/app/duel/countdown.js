// The countdown of a duel, by the server's clock.

import { callApi, challengePath } from "../api.js";
import { announce, setText } from "../rendering.js";
import { counted, text } from "../texts.js";
import { ServerClock, minutesAndSeconds, secondsLeft } from "./server-clock.js";

const UPDATE_MS = 200;
const WARNINGS = [60, 10]; // the seconds left at which screen readers get an announcement

const clock = new ServerClock();
let timer, id, deadline, total, announced;

/** Begin the countdown of a duel that has started, now or some time ago. Without a deadline it shows ∞. */
export function startCountdown(challengeId, { deadline_at, started_at, server_time, challenge_config, attempts }) {
  stopCountdown();
  id = challengeId;
  clock.reached(Date.parse(server_time));
  deadline = deadline_at && Date.parse(deadline_at);
  // Without a time limit, the time begins to run when the first player has answered everything.
  const begin = challenge_config.time_limit_seconds ? started_at : attempts.find(({ end_time }) => end_time)?.end_time;
  total = (deadline - Date.parse(begin)) / 1000;
  timer = setInterval(renderCountdown, UPDATE_MS);
  syncClock();
  renderCountdown();
}

export function stopCountdown() {
  clearInterval(timer);
  announced = undefined;
  deadline = undefined;
}

/** Ask the server for its time, if there is a deadline: a message may be replayed, and its time an old one. */
export async function syncClock() {
  if (!deadline) return;
  const askedAt = clock.ticks();
  const answer = await callApi("GET", challengePath(id)).catch(() => null);
  if (!answer || !deadline) return;
  clock.measured(Date.parse(answer.server_time), askedAt, clock.ticks());
  renderCountdown();
}

/** Render the time left in the scoreboard's element, which is looked up, since the scoreboard is often rebuilt. */
export function renderCountdown() {
  const element = document.querySelector("[data-countdown]");
  if (!element) return;
  if (!deadline) return setText(element, "∞");
  if (clock.hasJumped()) syncClock();
  const seconds = secondsLeft(deadline, clock.now());
  setText(element, minutesAndSeconds(seconds));
  element.dataset.pace = seconds <= 10 ? "last" : seconds <= 60 ? "late" : "";
  element.parentElement.style.setProperty("--left", String(seconds / total));
  warn(seconds);
}

function warn(seconds) {
  const before = announced ?? seconds;
  announced = seconds;
  const passed = WARNINGS.find((limit) => seconds <= limit && before > limit);
  if (passed) announce(counted("seconds_left", seconds), { urgent: passed === 10 });
  if (seconds === 0 && before > 0) announce(text("time_is_up"), { urgent: true });
}

addEventListener("visibilitychange", () => document.hidden || syncClock());
