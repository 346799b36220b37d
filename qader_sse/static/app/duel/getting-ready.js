// Looking at an accepted duel is being ready for it, so that one tap leads from an invite to the duel.

import { callApi, challengePath, retryDelay } from "../api.js";

let id; // of the duel that is looked at

/** Get ready for a duel, once, as soon as the page is seen; try again until the service accepts or refuses it. */
export async function getReady(challengeId, onRefused) {
  if (id === challengeId) return;
  id = challengeId;
  for (let attempts = 1; ; attempts++) {
    await untilSeen();
    if (id !== challengeId) return;
    try {
      await callApi("POST", challengePath(id, "ready/"));
      return;
    } catch (error) {
      if (!error.isTemporary) return id === challengeId && onRefused(error);
    }
    await retryDelay(attempts);
  }
}

/** The duel is no longer looked at. */
export function stopGettingReady() {
  id = undefined;
}

const untilSeen = () =>
  new Promise((resolve) => {
    if (!document.hidden) resolve();
    else addEventListener("visibilitychange", resolve, { once: true });
  });
