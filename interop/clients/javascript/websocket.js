import websocket from "websocket";

export function follow(url, { headers, report }) {
  let cursor = 0;
  (function connect() {
    const socket = new websocket.w3cwebsocket(`${url}?last_event_id=${cursor}`, null, null, headers);
    socket.onopen = () => report({ opened: true });
    socket.onmessage = (event) => {
      cursor += 1;
      report({ message: JSON.parse(event.data) });
    };
    socket.onclose = ({ code, reason }) => {
      report({ closed: code, reason });
      if (code < 4000) setTimeout(connect, 1000);
    };
  })();
}
