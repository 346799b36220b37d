import { fetchEventSource } from "@microsoft/fetch-event-source";

class Final extends Error {}

export function follow(url, { headers, report }) {
  fetchEventSource(url, {
    headers,
    async onopen(response) {
      if (response.status === 204 || (response.status >= 400 && response.status < 500)) {
        throw new Final(response.status);
      }
      report({ opened: true });
    },
    onmessage({ event, data, id }) {
      if (!event && data) report({ message: JSON.parse(data), id });
    },
    onclose() {
      throw new Error("come back");
    },
    onerror(error) {
      report({ error: error.message });
      if (error instanceof Final) throw error;
    },
  }).catch(() => {});
}
