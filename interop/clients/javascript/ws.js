import WebSocket from "ws";

export function follow(url, { headers, report }) {
  let cursor = 0;
  (function connect() {
    const socket = new WebSocket(`${url}?last_event_id=${cursor}`, { headers });
    socket.on("open", () => report({ opened: true }));
    socket.on("message", (data) => {
      cursor += 1;
      report({ message: JSON.parse(data) });
    });
    socket.on("error", (error) => report({ error: error.message }));
    socket.on("close", (code, reason) => {
      report({ closed: code, reason: reason.toString() });
      if (code < 4000) setTimeout(connect, 1000);
    });
  })();
}
