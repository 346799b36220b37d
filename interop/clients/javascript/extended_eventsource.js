import { EventSource } from "extended-eventsource";

export function follow(url, { headers, report }) {
  const source = new EventSource(url, { headers });
  source.onopen = () => report({ opened: true });
  source.onmessage = (event) => report({ message: event.data, id: event.lastEventId });
  source.onerror = () => report({ error: "disconnected" });
}
