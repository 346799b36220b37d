import { EventSource } from "eventsource3";

export function follow(url, { headers, report }) {
  const source = new EventSource(url, {
    fetch: (address, init) => fetch(address, { ...init, headers: { ...init.headers, ...headers } }),
  });
  source.onopen = () => report({ opened: true });
  source.onmessage = (event) => report({ message: JSON.parse(event.data), id: event.lastEventId });
  source.onerror = (event) => report({ error: event.code ?? "disconnected" });
}
