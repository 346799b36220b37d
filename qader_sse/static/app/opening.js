// Creating a challenge leads to it.

import { createChallenge } from "./api.js";

/** Create a challenge as `createChallenge` does, and open it. */
export async function openNewChallenge(body, path) {
  const before = location.hash;
  const { id } = await createChallenge(body, path);
  // An answer may take long: who has gone into another duel meanwhile must not be taken out of it.
  if (location.hash === before) location.hash = `challenge-${id}`;
}
