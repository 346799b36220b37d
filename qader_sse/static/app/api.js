// All calls to the REST interface.

import { text } from "./texts.js";

// The page may be served under a prefix (/en/, /ar/), so addresses start from where this file is.
export const BASE = new URL("../..", import.meta.url).pathname;
const CHALLENGES = "api/v1/challenges/challenges/";

const TRIES = 4;
// A line that is dead without a word would otherwise hold a call for minutes.
const PATIENCE_MS = 10_000;
const LONGEST_PAUSE_MS = 4000;

export const challengePath = (id, rest = "") => `${CHALLENGES}${id}/${rest}`;

/**
 * A call that did not succeed. The message can be shown as it is; status 0 means no answer.
 * `fields` are those of the body that the refusal is about.
 */
export class Refused extends Error {
  constructor(status, message, fields = []) {
    super(message);
    this.status = status;
    this.fields = fields;
  }

  /** The same call may well succeed in a moment. */
  get isPassing() {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

export async function call(method, path, body, headers = {}) {
  const json = body && { "Content-Type": "application/json" };
  const signal = AbortSignal.timeout(PATIENCE_MS);
  const options = { method, signal, headers: { ...json, ...headers }, body: body && JSON.stringify(body) };
  const response = await fetch(BASE + path, options).catch(() => {
    throw new Refused(0, text("no_answer"));
  });
  if (response.status === 204) return null;
  const answer = await response.json().catch(() => null);
  // Cut off in the middle, or by something on the way: what the service did is not known.
  if (answer === null) throw new Refused(0, text("odd_answer", { status: response.status }));
  if (response.ok) return answer;
  throw new Refused(response.status, refusalText(answer) ?? text("odd_answer", { status: response.status }), Object.keys(answer));
}

/** `{"detail": "…"}` or `{"<field>": ["…"], …}`. */
function refusalText(answer) {
  if (answer === null || typeof answer !== "object") return null;
  return Object.values(answer).flat().join(" ");
}

const keys = new Map();

/** Make a challenge, or a rematch of one: asked for again and again until there is an answer, made once. */
export async function create(body, path = CHALLENGES) {
  const request = JSON.stringify([path, body]);
  // Kept when all tries fail: pressing the button again must not make a second one either.
  if (!keys.has(request)) keys.set(request, randomKey());
  const headers = { "Idempotency-Key": keys.get(request) };
  try {
    const made = await insist(() => call("POST", path, body, headers));
    keys.delete(request);
    return made;
  } catch (refused) {
    if (!refused.isPassing || refused.status === 429) keys.delete(request);
    throw refused;
  }
}

/** Ask again where there was no answer, a few times: for what may be asked twice. */
export async function insist(ask) {
  for (let tried = 1; ; tried++) {
    try {
      return await ask();
    } catch (refused) {
      if (!refused.isPassing || refused.status === 429 || tried === TRIES) throw refused;
      await pause(tried);
    }
  }
}

/** Wait before try number `tried + 1`: longer each time, and not when everybody else does. */
export const pause = (tried) =>
  new Promise((resolve) => setTimeout(resolve, Math.random() * Math.min(LONGEST_PAUSE_MS, 300 * 2 ** tried)));

// Not crypto.randomUUID: that is missing on plain http, such as on a school's own network.
function randomKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
