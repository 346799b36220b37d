import { EventSource } from "extended-eventsource";

export function follow(url, { headers, report }) {
  const source = new EventSource(url, { headers });
  source.onopen = () => report({ opened: true });
  source.onmessage = (event) => event.data && report({ message: JSON.parse(event.data), id: event.lastEventId });
  source.onerror = () => report({ error: "disconnected" });
}
