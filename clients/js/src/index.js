import { parseAddress } from "./address.js";
import { Connection } from "./connection.js";
import { Link } from "./stream/resilient-stream.js";
import { Place } from "./cursor.js";
import { canShare, joinShare } from "./tabs/tab-group.js";
import { TIMINGS } from "./timings.js";
import { Viewer } from "./viewer.js";
import { oneTopic } from "./stream/protocol.js";

/**
 * Follow a challenge, or one's notifications: every message once, in order, whatever breaks.
 * Takes the address of the stream, or of the WebSocket that it replaces.
 */
export function connect(url, options = {}) {
  const address = parseAddress(url);
  const place = new Place(address.topic, startOf(options.lastEventId) ?? startOf(address.lastEventId));
  const own = {
    fetch: options.fetch ?? ((...request) => globalThis.fetch(...request)),
    timings: { ...TIMINGS, ...options.timings },
    viewer: new Viewer(),
  };
  const isShared = (options.shared ?? true) && canShare();
  return new Connection(address, place, { ...options, ...own }, (listener) =>
    isShared
      ? joinShare(address.base, place, own, listener)
      : new Link(oneTopic, address.base, [place], own, listener),
  );
}

function startOf(id) {
  if (id === undefined || id === null || id === "") return null;
  const number = Number(id);
  // The service would refuse the whole stream for it, and a shared one carries other tabs' topics.
  if (!Number.isSafeInteger(number) || number < 0) {
    throw new TypeError(`${id} is no place to begin. Use the id of a message, a whole number.`);
  }
  return number;
}
