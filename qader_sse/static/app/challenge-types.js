// The types of challenge, in this page's language. Names that come with events are not used: tabs
// share a stream, and the tab that opened it may show the other language.

import { callApi } from "./api.js";
import { el } from "./rendering.js";
import { counted, text } from "./texts.js";

export let challengeTypes = [];

/** Load the types; return whether there are any. */
export async function loadChallengeTypes() {
  challengeTypes = await callApi("GET", "api/v1/challenges/types/").catch(() => []);
  return challengeTypes.length > 0;
}

export const typeName = (key) => challengeTypes.find((type) => type.key === key)?.name ?? key;

/** List items with the number of questions, the time limit and hints, of a type or of a duel. */
export function facts({ num_questions, time_limit_seconds, allow_hints }) {
  const time = time_limit_seconds ? counted("minutes", Math.round(time_limit_seconds / 60)) : text("no_time_limit");
  const all = [counted("questions", num_questions), time, text(allow_hints ? "hints" : "no_hints")];
  return all.map((fact) => el("li", {}, fact));
}
