import { createEventSource } from "eventsource-client";

export function follow(url, { headers, report }) {
  const source = createEventSource({
    url,
    headers,
    async fetch(address, init) {
      const response = await fetch(address, init);
      if ([401, 403, 404].includes(response.status)) {
        report({ refused: response.status });
        source.close();
      }
      return response;
    },
    onMessage: ({ data, event, id }) => event || report({ message: JSON.parse(data), id }),
    onConnect: () => report({ opened: true }),
    onScheduleReconnect: () => report({ error: "disconnected" }),
  });
}
