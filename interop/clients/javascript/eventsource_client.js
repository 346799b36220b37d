import { createEventSource } from "eventsource-client";

export function follow(url, { headers, report }) {
  createEventSource({
    url,
    headers,
    onMessage: ({ data, event, id }) => event || report({ message: JSON.parse(data), id }),
    onConnect: () => report({ opened: true }),
    onScheduleReconnect: () => report({ error: "disconnected" }),
  });
}
