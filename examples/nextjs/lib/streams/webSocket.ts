import type { Message, StreamClosing, StreamOpened, StreamOver } from "qader-sse-client";
import { socketAddress } from "@/lib/addresses";
import { retryDelay, type Follow } from "@/lib/streams/follow";

/** With `?ids=1`, messages have an `id`, and the socket tells about itself by those of type `stream`. */
type Received = Message | { type: "stream"; payload: StreamOpened | StreamClosing | StreamOver };

// Not signed in, not a participant, no such challenge: another attempt would be closed as well.
const FINAL_CODES = [4001, 4003, 4004];
const HEALTHY_MS = 10_000;

export const followWebSocket: Follow = (path, { onMessage, onStatus }) => {
  let socket: WebSocket;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let failures = 0;
  let place: number | null = null; // in the stream: the id of the last message

  function open() {
    onStatus("connecting");
    let openedAt = Infinity;
    socket = new WebSocket(socketAddress(`${path}?ids=1${place === null ? "" : `&last_event_id=${place}`}`));
    socket.onmessage = (event: MessageEvent<string>) => {
      const message = JSON.parse(event.data) as Received;
      if (message.type !== "stream") {
        place = message.id ?? place;
        return onMessage(message);
      }
      const told = message.payload;
      if (told.state === "over") return close("closed");
      if (told.state === "closing") return;
      // A challenge begins with a snapshot, whose id is the place; notifications begin without a message.
      if (path === "challenges/notifications/" && told.mode !== "resumed") place = told.head;
      openedAt = performance.now();
      onStatus("open");
    };
    socket.onclose = ({ code }) => {
      if (FINAL_CODES.includes(code)) return onStatus("closed");
      failures = performance.now() - openedAt > HEALTHY_MS ? 0 : failures + 1;
      onStatus("error");
      timer = setTimeout(open, retryDelay(failures));
    };
  }

  function close(status?: "closed") {
    clearTimeout(timer);
    socket.onmessage = socket.onclose = null;
    socket.close();
    if (status) onStatus(status);
  }

  open();
  return () => close();
};
