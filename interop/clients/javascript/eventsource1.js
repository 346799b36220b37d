import EventSource from "eventsource1";

export function follow(url, { headers, report }) {
  const source = new EventSource(url, { headers });
  source.onopen = () => report({ opened: true });
  source.onmessage = (event) => report({ message: JSON.parse(event.data), id: event.lastEventId });
  source.onerror = (event) => report({ error: event.status ?? "disconnected" });
}
