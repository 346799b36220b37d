// The types of challenge, in this page's language. A stream that tabs share may speak another.

import { el } from "./rendering.js";
import { call } from "./api.js";
import { counted, text } from "./texts.js";

export let types = [];

export async function loadTypes() {
  types = await call("GET", "api/v1/challenges/types/").catch(() => []);
  return types.length > 0;
}

export const typeName = (key) => types.find((type) => type.key === key)?.name ?? key;

/** How long, how many, with which help: for a type, and for the configuration of a duel. */
export function facts({ num_questions, time_limit_seconds, allow_hints }) {
  const time = time_limit_seconds ? counted("minutes", Math.round(time_limit_seconds / 60)) : text("no_time_limit");
  const all = [counted("questions", num_questions), time, text(allow_hints ? "hints" : "no_hints")];
  return all.map((fact) => el("li", {}, fact));
}
