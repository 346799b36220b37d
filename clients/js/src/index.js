import { parseAddress } from "./address.js";
import { authorized, expectNew } from "./authorization.js";
import { Connection } from "./connection.js";
import { Cursor } from "./cursor.js";
import { singleTopic } from "./stream/protocol.js";
import { ResilientStream } from "./stream/resilient-stream.js";
import { canShareStreams, followShared } from "./tabs/tab-group.js";
import { TIMINGS } from "./timings.js";
import { Viewer } from "./viewer.js";

/**
 * Follow a challenge, or the user's notifications: every message once and in order, also when
 * connections fail. A snapshot replaces missed messages that the service cannot replay. Takes the
 * address of the stream, or of the WebSocket that it replaces; throws a TypeError for any other.
 */
export function connect(url, options = {}) {
  const { urls, topic, lastEventId } = parseAddress(url);
  const cursor = new Cursor(topic, seqOf(options.lastEventId) ?? seqOf(lastEventId));
  expectNew(options.token);
  const own = {
    fetch: fetchAs(() => options.token, options),
    timings: timingsOf(options),
    viewer: new Viewer(),
    hasToken: Boolean(options.token),
  };
  const isShared = (options.shared ?? true) && canShareStreams();
  return new Connection(urls, cursor, { ...options, ...own }, (listener) =>
    isShared
      ? followShared(urls, cursor, own, listener)
      : new ResilientStream(singleTopic, urls, [cursor], own, listener),
  );
}

/**
 * Return a `fetch` for the page's own calls. It sends the access token as `connect` does with the same
 * `token`, and shares with it the answers of the callback.
 */
export function authorizedFetch(token, options = {}) {
  expectNew(token);
  return fetchAs(() => token, options);
}

function fetchAs(findToken, options) {
  const fetch = options.fetch ?? ((...request) => globalThis.fetch(...request));
  return authorized(findToken, { fetch, credentials: options.credentials, timings: timingsOf(options) });
}

const timingsOf = ({ timings }) => ({ ...TIMINGS, ...timings });

function seqOf(id) {
  if (id === undefined || id === null || id === "") return null;
  const seq = Number(id);
  // For a bad number the service would refuse the whole shared stream, other tabs' topics included.
  if (!Number.isSafeInteger(seq) || seq < 0) {
    throw new TypeError(`${id} is no message id. Use a whole number.`);
  }
  return seq;
}
