import { SSE } from "sse.js";

export function follow(url, { headers, report }) {
  const source = new SSE(url, { headers, autoReconnect: true, reconnectDelay: 1000 });
  source.onmessage = (event) => report({ message: JSON.parse(event.data), id: event.lastEventId });
  source.onopen = ({ responseCode }) => {
    report({ opened: true });
    if (responseCode === 204) source.close();
  };
  source.onerror = ({ responseCode }) => {
    report({ error: responseCode ?? "disconnected" });
    if ([401, 403, 404].includes(responseCode)) source.close();
  };
}
