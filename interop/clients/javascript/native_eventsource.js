export function follow(url, { report }) {
  const source = new EventSource(url);
  source.onopen = () => report({ opened: true });
  source.onmessage = (event) => report({ message: JSON.parse(event.data), id: event.lastEventId });
  source.onerror = () => report({ error: "disconnected" });
}
