import ReconnectingWebSocket from "reconnecting-websocket";

export function follow(url, { report }) {
  let cursor = 0;
  const socket = new ReconnectingWebSocket(() => `${url}?last_event_id=${cursor}`);
  socket.onopen = () => report({ opened: true });
  socket.onmessage = (event) => {
    cursor += 1;
    report({ message: JSON.parse(event.data) });
  };
  socket.onclose = ({ code, reason }) => report({ closed: code, reason });
}
