import { SSE } from "sse.js";

export function follow(url, { headers, report }) {
  const source = new SSE(url, { headers, autoReconnect: true, reconnectDelay: 1000 });
  source.onopen = () => report({ opened: true });
  source.onmessage = (event) => report({ message: JSON.parse(event.data), id: event.lastEventId });
  source.onerror = (event) => report({ error: event.responseCode ?? "disconnected" });
}
