import { cancelBody } from "./response-errors.js";

// Of one call: a token that replaces a refused one may have come from another call, and be as old.
const MOST_TRIES = 3;

/** The callback `token` has thrown, or has not answered in time: the request was not sent. */
class TokenError extends Error {
  reason = "no_token";
}

/**
 * Wrap `fetch` so that each request carries the access token that `findToken` returns: a string, or
 * a callback that is asked for one. When the service refuses a token, the callback is asked for
 * another, once for all requests that wait for it, and the request is sent again. Without any token
 * the browser's cookies are sent instead, unless `credentials` says otherwise.
 */
export function authorized(findToken, { fetch, credentials, timings: { tokenMs } }) {
  return async (input, init = {}) => {
    const request = isRequest(input) ? input : null;
    const signal = init.signal ?? request?.signal;
    let token = await unlessAborted(signal, current(findToken(), tokenMs));
    for (let tries = 1; ; tries += 1) {
      const headers = withToken(init.headers ?? request?.headers, token);
      const cookies = credentials ?? (findToken() ? "omit" : "include");
      const response = await fetch(request?.clone() ?? input, { credentials: cookies, ...init, headers });
      if (!token || !isRefusal(response) || tries === MOST_TRIES) return response;
      const other = await unlessAborted(signal, instead(token, findToken(), tokenMs));
      if (!other || other === token) return response;
      cancelBody(response);
      token = other;
    }
  };
}

/**
 * Ask this callback again before the next request: who signed in last may be somebody else. Throws a
 * TypeError if it is neither a callback nor a token.
 */
export function expectNew(token) {
  if (typeof token === "function") askerOf(token).forget();
  else checked(token);
}

function checked(token) {
  if (!token) return null;
  if (typeof token === "string" && /^[!-~]+$/.test(token)) return token;
  throw new TypeError("A token is a string without blanks, as `access` in the answer of the login.");
}

const current = (token, tokenMs) => (typeof token === "function" ? askerOf(token).current(tokenMs) : token);
const instead = (refused, token, tokenMs) =>
  typeof token === "function" ? askerOf(token).instead(refused, tokenMs) : token;

// A body in a Request can be read once: each try sends a copy.
const isRequest = (input) => globalThis.Request !== undefined && input instanceof Request;

function withToken(headers = {}, token) {
  const plain = Symbol.iterator in headers ? Object.fromEntries(headers) : headers;
  return token ? { ...plain, Authorization: `Bearer ${token}` } : plain;
}

// Only an answer in JSON is the service's own: a proxy or a captive portal may answer 401, too.
function isRefusal({ status, headers }) {
  return status === 401 && (headers.get("content-type") ?? "").startsWith("application/json");
}

const askers = new WeakMap();

/** Return what asks this callback: the same for all connections that were given it. */
function askerOf(callback) {
  if (!askers.has(callback)) askers.set(callback, new Asker(callback));
  return askers.get(callback);
}

class Asker {
  #callback;
  #latest = null;
  #asking = null; // {refused, answer} while the callback is asked
  #hopeless; // the refused token for which the callback had no other

  constructor(callback) {
    this.#callback = callback;
  }

  forget() {
    this.#latest = null;
    this.#hopeless = undefined;
  }

  async current(tokenMs) {
    return this.#asking?.answer ?? this.#latest ?? this.#ask(null, tokenMs);
  }

  /** Return a token other than the one that was refused, or null if the callback has no other. */
  async instead(refused, tokenMs) {
    // An answer that was asked for another reason may be the very token that was refused.
    while (this.#asking && this.#asking.refused !== refused) await this.#asking.answer.catch(() => {});
    if (this.#asking) return this.#asking.answer;
    if (this.#latest !== null && this.#latest !== refused) return this.#latest;
    return refused === this.#hopeless ? null : this.#ask(refused, tokenMs);
  }

  #ask(refused, tokenMs) {
    const answer = this.#answer(refused, tokenMs).finally(() => (this.#asking = null));
    this.#asking = { refused, answer };
    return answer;
  }

  async #answer(refused, tokenMs) {
    await null; // `#asking` must be set before the callback runs
    const token = await inTime(tokenMs, async () => checked(await this.#callback({ refused })));
    if (refused !== null && (token === null || token === refused)) this.#hopeless = refused;
    this.#latest = token;
    return token;
  }
}

async function inTime(tokenMs, ask) {
  let timer;
  const isLate = new Promise((_, reject) => {
    const text = `The callback \`token\` has not answered within ${tokenMs} ms.`;
    timer = setTimeout(() => reject(new Error(text)), tokenMs);
  });
  try {
    return await Promise.race([ask(), isLate]);
  } catch (error) {
    throw new TokenError(error?.message ?? String(error), { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

/** Return the result, or throw as `fetch` does as soon as the request is given up. */
function unlessAborted(signal, result) {
  if (!signal || typeof result?.then !== "function") return result;
  return new Promise((resolve, reject) => {
    const giveUp = () => reject(signal.reason);
    signal.addEventListener("abort", giveUp);
    result.then(resolve, reject).finally(() => signal.removeEventListener("abort", giveUp));
    if (signal.aborted) giveUp();
  });
}
