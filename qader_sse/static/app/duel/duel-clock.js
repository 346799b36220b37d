// The server's time while a duel runs, by which the page counts down.

import { callApi, challengePath } from "../api.js";
import { ServerClock } from "./server-clock.js";

const clock = new ServerClock();
let id; // of the duel that runs

/** Begin with the time in a duel's latest message. It may be replayed, and its time an old one: so the server is asked, too. */
export function startClock(challengeId, { server_time }) {
  id = challengeId;
  clock.reached(Date.parse(server_time));
  syncClock();
}

export function stopClock() {
  id = undefined;
}

/** The server's time in milliseconds since 1970, while a duel runs. */
export function serverNow() {
  if (clock.hasJumped()) syncClock();
  return clock.now();
}

/** Ask the server for its time, if a duel runs. */
export async function syncClock() {
  if (!id) return;
  const askedAt = clock.ticks();
  const answer = await callApi("GET", challengePath(id)).catch(() => null);
  if (answer) clock.measured(Date.parse(answer.server_time), askedAt, clock.ticks());
}

addEventListener("visibilitychange", () => document.hidden || syncClock());
