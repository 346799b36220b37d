import { EventSourcePolyfill } from "event-source-polyfill";

export function follow(url, { headers, report }) {
  const source = new EventSourcePolyfill(url, { headers });
  source.onopen = () => report({ opened: true });
  source.onmessage = (event) => report({ message: JSON.parse(event.data), id: event.lastEventId });
  source.addEventListener("stream", ({ data }) => {
    if (JSON.parse(data).state === "over") source.close();
  });
  source.onerror = (event) => report({ error: event.status ?? "disconnected" });
}
