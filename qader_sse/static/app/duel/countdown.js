// The running time of a duel, true to the server's clock.

import { ServerClock, minutesAndSeconds, secondsLeft } from "./server-clock.js";
import { announce, say } from "../rendering.js";
import { call, challengePath } from "../api.js";
import { counted, text } from "../texts.js";

const TICK_MS = 200;
const WARNINGS = [60, 10];

const clock = new ServerClock();
let timer, id, deadline, total, shown;

/** Begin to count for the duel that has started, or that is found started. */
export function startClock(challengeId, { deadline_at, started_at, server_time }) {
  stopClock();
  id = challengeId;
  clock.arrived(Date.parse(server_time));
  deadline = deadline_at && Date.parse(deadline_at);
  total = (deadline - Date.parse(started_at)) / 1000;
  timer = setInterval(tick, TICK_MS);
  syncClock();
  tick();
}

export function stopClock() {
  clearInterval(timer);
  shown = undefined;
  deadline = undefined;
}

/** Ask the server for its time: messages that are replayed come with the time of then. */
export async function syncClock() {
  if (!deadline) return;
  const askedAt = clock.ticks();
  const answer = await call("GET", challengePath(id)).catch(() => null);
  if (!answer || !deadline) return;
  clock.measured(Date.parse(answer.server_time), askedAt, clock.ticks());
  tick();
}

/** Show the time where the board has its place for it; the board is rebuilt now and then. */
export function tick() {
  const place = document.querySelector("[data-countdown]");
  if (!place) return;
  if (!deadline) return say(place, "∞");
  if (clock.hasJumped()) syncClock();
  const seconds = secondsLeft(deadline, clock.now());
  say(place, minutesAndSeconds(seconds));
  place.dataset.pace = seconds <= 10 ? "last" : seconds <= 60 ? "late" : "";
  place.parentElement.style.setProperty("--left", String(seconds / total));
  warn(seconds);
}

function warn(seconds) {
  const before = shown ?? seconds;
  shown = seconds;
  const passed = WARNINGS.find((limit) => seconds <= limit && before > limit);
  if (passed) announce(counted("seconds_left", seconds), { urgent: passed === 10 });
  if (seconds === 0 && before > 0) announce(text("time_is_up"), { urgent: true });
}

addEventListener("visibilitychange", () => document.hidden || syncClock());
