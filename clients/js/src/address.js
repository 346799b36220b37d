const PATH = /^(.*)\/(?:sse|ws)\/challenges\/([1-9][0-9]{0,9}|notifications)\/?$/;

/**
 * Where a topic's stream, its polling address and its actions are, from the address of its stream
 * or of its WebSocket (`wss://host/ws/challenges/7/`).
 */
export function parseAddress(url) {
  const given = new URL(url, globalThis.location?.href);
  const found = PATH.exec(given.pathname);
  if (!found) {
    throw new TypeError(
      `${url} is no stream. Use /sse/challenges/<id>/ or /sse/challenges/notifications/.`,
    );
  }
  const [, prefix, name] = found;
  const protocol = given.protocol.replace(/^ws/, "http");
  return {
    base: new Base(`${protocol}//${given.host}${prefix}`),
    topic: name === "notifications" ? name : `challenges/${name}`,
    lastEventId: given.searchParams.get("last_event_id"),
  };
}

/** The addresses of one service, in one language: `/en/…` and `/ar/…` differ in their texts. */
export class Base {
  constructor(url) {
    this.url = url;
  }

  stream(topic) {
    return `${this.url}/sse/${underChallenges(topic)}/`;
  }

  streamOfAll(topics) {
    return `${this.url}/sse/stream/?topics=${topics.join(",")}`;
  }

  events(topic, cursor) {
    const after = cursor === null ? "" : `?after=${cursor}`;
    return `${this.url}/api/v1/challenges/${topic}/events/${after}`;
  }

  action(topic, name) {
    return `${this.url}/api/v1/challenges/${topic}/${name}/`;
  }
}

const underChallenges = (topic) =>
  topic === "notifications" ? "challenges/notifications" : topic;
