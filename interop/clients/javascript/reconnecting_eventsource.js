import ReconnectingEventSource from "reconnecting-eventsource";

export function follow(url, { report }) {
  const source = new ReconnectingEventSource(url);
  source.onopen = () => report({ opened: true });
  source.onmessage = (event) => report({ message: JSON.parse(event.data), id: event.lastEventId });
  source.onerror = () => report({ error: "disconnected" });
}
