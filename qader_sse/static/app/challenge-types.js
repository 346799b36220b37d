// The types of challenge, in this page's language. The views take names from here, by the type's key,
// and not from messages.

import { callApi } from "./api.js";
import { el } from "./rendering.js";
import { counted, text } from "./texts.js";

const LAST_PLAYED = "qader-sse last type";

export let challengeTypes = [];

/** Load the types; return whether there are any, so false if the service does not answer. */
export async function loadChallengeTypes() {
  challengeTypes = await callApi("GET", "api/v1/challenges/types/").catch(() => []);
  return challengeTypes.length > 0;
}

/** Return a type's name. Its numbers, which the service's name has in parentheses, stand beside it here. */
export const typeName = (key) => (challengeTypes.find((type) => type.key === key)?.name ?? key).replace(/\s*\(.*\)$/, "");

/** The key of the type that was played last in this browser, or of the first one. */
export function lastPlayed() {
  const last = localStorage.getItem(LAST_PLAYED);
  return (challengeTypes.find(({ key }) => key === last) ?? challengeTypes[0]).key;
}

export const rememberPlayed = (key) => localStorage.setItem(LAST_PLAYED, key);

const time = ({ time_limit_seconds }) =>
  time_limit_seconds ? counted("minutes", Math.round(time_limit_seconds / 60)) : text("no_time_limit");

/** A line for a type: the number of questions and the time limit, each unbroken. */
export const shortFacts = (type) => [el("span", {}, counted("questions", type.num_questions), " ·"), " ", el("span", {}, time(type))];

/** Return list items for a duel: the number of questions, the time limit, whether there are hints. */
export function facts(type) {
  const all = [counted("questions", type.num_questions), time(type), text(type.allow_hints ? "hints" : "no_hints")];
  return all.map((fact) => el("li", {}, fact));
}
