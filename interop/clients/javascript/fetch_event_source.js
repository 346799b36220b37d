import { fetchEventSource } from "@microsoft/fetch-event-source";

export function follow(url, { headers, report }) {
  fetchEventSource(url, {
    headers,
    onmessage: ({ data, id }) => report({ message: data, id }),
  });
}
