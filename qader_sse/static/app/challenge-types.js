// The types of challenge, in this page's language. The views take names from here, by the type's key,
// and not from messages.

import { callApi } from "./api.js";
import { el } from "./rendering.js";
import { counted, text } from "./texts.js";

export let challengeTypes = [];

/** Load the types; return whether there are any, so false if the service does not answer. */
export async function loadChallengeTypes() {
  challengeTypes = await callApi("GET", "api/v1/challenges/types/").catch(() => []);
  return challengeTypes.length > 0;
}

export const typeName = (key) => challengeTypes.find((type) => type.key === key)?.name ?? key;

/** Return list items for a type or a duel: the number of questions, the time limit, whether there are hints. */
export function facts({ num_questions, time_limit_seconds, allow_hints }) {
  const time = time_limit_seconds ? counted("minutes", Math.round(time_limit_seconds / 60)) : text("no_time_limit");
  const all = [counted("questions", num_questions), time, text(allow_hints ? "hints" : "no_hints")];
  return all.map((fact) => el("li", {}, fact));
}
