const PATH = /^(.*)\/(?:sse|ws)\/challenges\/([1-9][0-9]{0,9}|notifications)\/?$/;

/**
 * Return the service's addresses, the topic, and the `last_event_id` (or null) that the address of
 * a stream names, or that of the WebSocket that it replaces (`wss://host/ws/challenges/7/`). Throws
 * a TypeError for any other address.
 */
export function parseAddress(address) {
  const url = new URL(address, globalThis.location?.href);
  const match = PATH.exec(url.pathname);
  if (!match) {
    throw new TypeError(
      `${address} is no stream. Use /sse/challenges/<id>/ or /sse/challenges/notifications/.`,
    );
  }
  const [, prefix, name] = match;
  const protocol = url.protocol.replace(/^ws/, "http");
  return {
    urls: new ServiceUrls(`${protocol}//${url.host}${prefix}`),
    topic: name === "notifications" ? name : `challenges/${name}`,
    lastEventId: url.searchParams.get("last_event_id"),
  };
}

/** The addresses of one service below `root`, which may end with a language for its texts: `/en` or `/ar`. */
export class ServiceUrls {
  constructor(root) {
    this.root = root;
  }

  stream(topic) {
    return `${this.root}/sse/${streamPath(topic)}/`;
  }

  multiplexedStream(topics) {
    return `${this.root}/sse/stream/?topics=${topics.join(",")}`;
  }

  eventsAfter(topic, seq) {
    const after = seq === null ? "" : `?after=${seq}`;
    return `${this.root}/api/v1/challenges/${topic}/events/${after}`;
  }

  action(topic, name) {
    return `${this.root}/api/v1/challenges/${topic}/${name}/`;
  }
}

const streamPath = (topic) =>
  topic === "notifications" ? "challenges/notifications" : topic;
