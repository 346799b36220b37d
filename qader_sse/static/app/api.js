// All calls to the REST interface.

import { text } from "./texts.js";

// The path of the service, with the prefix of this module's own address, if any: /en/ or /ar/.
export const BASE = new URL("../..", import.meta.url).pathname;
const CHALLENGES = "api/v1/challenges/challenges/";

const MOST_ATTEMPTS = 4;
// A dead connection reports nothing: without a limit a call could hang for minutes.
const TIMEOUT_MS = 10_000;
const LONGEST_DELAY_MS = 4000;

export const challengePath = (id, rest = "") => `${CHALLENGES}${id}/${rest}`;

/**
 * A call that failed. The message can be shown to the user. Status 0 means that no answer came, or
 * none in JSON. `errors` is the answer: `{"detail": "…"}`, or for each refused field of the body its texts.
 */
export class ApiError extends Error {
  constructor(status, message, errors = {}) {
    super(message);
    this.status = status;
    this.errors = errors;
  }

  /** Whether the same call may succeed in a moment: there was no answer, a 429, or a 5xx. */
  get isTemporary() {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

export async function callApi(method, path, body, headers = {}) {
  const json = body && { "Content-Type": "application/json" };
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const options = { method, signal, headers: { ...json, ...headers }, body: body && JSON.stringify(body) };
  const response = await fetch(BASE + path, options).catch(() => {
    throw new ApiError(0, text("no_answer"));
  });
  if (response.status === 204) return null;
  const answer = await response.json().catch(() => null);
  // The body was cut off, or a proxy answered: whether the service acted is unknown.
  if (answer === null) throw new ApiError(0, text("odd_answer", { status: response.status }));
  if (response.ok) return answer;
  throw new ApiError(response.status, refusalText(answer) ?? text("odd_answer", { status: response.status }), answer);
}

/** Join the texts of `{"detail": "…"}` or `{"<field>": ["…"], …}`; return null if the answer is no object. */
function refusalText(answer) {
  if (answer === null || typeof answer !== "object") return null;
  return Object.values(answer).flat().join(" ");
}

const idempotencyKeys = new Map(); // by path and body

/**
 * Create a challenge, or with another `path` a rematch or an invite by link. The call is repeated as `withRetries` does;
 * its idempotency key makes sure that still only one challenge is created.
 */
export async function createChallenge(body, path = CHALLENGES) {
  const request = JSON.stringify([path, body]);
  // The key outlives calls whose outcome is unknown (no answer, a 5xx): pressing the button again must
  // not create a second challenge.
  if (!idempotencyKeys.has(request)) idempotencyKeys.set(request, randomKey());
  const headers = { "Idempotency-Key": idempotencyKeys.get(request) };
  try {
    const created = await withRetries(() => callApi("POST", path, body, headers));
    idempotencyKeys.delete(request);
    return created;
  } catch (error) {
    if (!error.isTemporary || error.status === 429) idempotencyKeys.delete(request);
    throw error;
  }
}

/**
 * Repeat a call that got no answer or a 5xx, up to MOST_ATTEMPTS in all; a 429 is not repeated. Only
 * for calls that may safely happen twice.
 */
export async function withRetries(call) {
  for (let attempts = 1; ; attempts++) {
    try {
      return await call();
    } catch (error) {
      if (!error.isTemporary || error.status === 429 || attempts === MOST_ATTEMPTS) throw error;
      await retryDelay(attempts);
    }
  }
}

/**
 * Wait after this number of failed attempts, for a random time of up to 600 ms after the first one, and
 * up to twice as long after each further one, 4 s at most: many clients must not retry at the same moment.
 */
export const retryDelay = (attempts) =>
  new Promise((resolve) => setTimeout(resolve, Math.random() * Math.min(LONGEST_DELAY_MS, 300 * 2 ** attempts)));

// crypto.randomUUID does not exist on plain HTTP, such as on a school's own network.
function randomKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
