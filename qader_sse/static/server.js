// All that talks to the server: REST calls, and streams through the browser's own EventSource.

// The page may be served under a prefix (/en/, /ar/), so addresses start above this file's folder.
const BASE = new URL("..", import.meta.url).pathname;

/** A call that did not succeed. The message can be shown as it is; status 0 means no answer. */
export class Refused extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

export async function call(method, path, body) {
  const json = { headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
  const response = await fetch(BASE + path, { method, ...(body && json) }).catch(() => {
    throw new Refused(0, "The service does not answer. Try again in a moment.");
  });
  if (response.status === 204) return null;
  const answer = await response.json().catch(() => ({ detail: `Unexpected answer (${response.status}).` }));
  if (response.ok) return answer;
  // {"detail": "…"} or {"<field>": ["…"], …}
  const texts = Object.entries(answer).map(([field, text]) =>
    field === "detail" ? text : `${field.replaceAll("_", " ")}: ${text.join(" ")}`,
  );
  throw new Refused(response.status, texts.join(" "));
}

/**
 * Follow a stream until `close`. Tells `on.frame(id, type, content)` whatever arrives,
 * `on.message(type, payload)` the messages, and `on.state(…)` one of: connecting, live,
 * reconnecting (the browser sees to it), closed (refused: it will not come back by itself).
 */
export function follow(path, on) {
  let source;
  let lastId = "";

  function connect() {
    source?.close();
    on.state("connecting");
    // A new EventSource does not know its place; one that reconnects by itself sends Last-Event-ID.
    source = new EventSource(BASE + path + (lastId && `?last_event_id=${lastId}`));
    source.onopen = () => on.state("live");
    source.onerror = () => on.state(source.readyState === EventSource.CLOSED ? "closed" : "reconnecting");
    source.onmessage = ({ data, lastEventId }) => {
      lastId = lastEventId;
      const message = JSON.parse(data);
      on.frame(lastEventId, message.type, message);
      on.message(message.type, message.payload);
    };
    // What the transport says of itself is a named event, which onmessage never sees.
    source.addEventListener("stream", ({ data, lastEventId }) => {
      lastId = lastEventId || lastId;
      const said = JSON.parse(data);
      on.frame("", `stream ${said.state}`, said);
    });
  }

  connect();
  return { connect, close: () => source.close() };
}
