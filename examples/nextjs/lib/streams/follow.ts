import type { Message, Status } from "qader-sse-client";
import { callApi } from "@/lib/apiClient";
import { followConnect } from "@/lib/streams/connect";
import { followEventSource } from "@/lib/streams/eventSource";
import { followWebSocket } from "@/lib/streams/webSocket";

export interface Handlers {
  onMessage: (message: Message) => void;
  /** `error` comes before another attempt, `closed` is final. */
  onStatus: (status: Status) => void;
}

/** Follow `challenges/7/` or `challenges/notifications/`, until the function that it returns is called. */
export type Follow = (path: string, handlers: Handlers) => () => void;

const ways: Record<string, Follow | undefined> = {
  connect: followConnect,
  eventsource: followEventSource,
  websocket: followWebSocket,
};

/** One of the three; `localStorage.transport = "websocket"` in the console chooses another one. */
export const follow: Follow = (path, { onMessage, onStatus }) => {
  const chosen = ways[localStorage.getItem("transport") ?? ""] ?? followConnect;
  let isStopped = false;
  const stop = chosen(path, {
    onMessage,
    onStatus(status) {
      if (isStopped) return;
      onStatus(status);
      // Perhaps the session has ended. Then this call is refused too, and the page signs out.
      if (status === "closed") callApi("users/me/").catch(() => undefined);
    },
  });
  return () => {
    isStopped = true;
    stop();
  };
};

/** The delay before the next attempt, in milliseconds: longer each time, and never the same for all. */
export const retryDelay = (failures: number) => Math.random() * Math.min(30_000, 1_000 * 2 ** failures);
