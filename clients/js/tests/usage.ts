// Compiled, but never run: the code that the README and the integration guide show.
import { connect, type Connection, type Status } from "qader-sse-client";
import { useEventStream as useWebSocket } from "qader-sse-client/react";

const connection: Connection = connect("/sse/challenges/7/", {
  onMessage(message, { id, topic, mode }) {
    const line: string = `${topic} ${id.toFixed()} ${mode === "live"} ${message.type}`;
    console.log(line, message.payload.anything);
  },
  onStatus(status, { reason, status: http, detail, retryInMs, via, staleForSeconds }) {
    const known: Status = status;
    console.log(known, reason?.length, http?.toFixed(), detail, retryInMs, via === "polling", staleForSeconds);
  },
  onFrame: ({ event, data, id, at, bytes }) => console.log(event, data, id, at + bytes),
  lastEventId: 4,
  shared: false,
  timings: { silentMs: 60_000 },
});
connection.send({ type: "mark_ready" }).then((answer) => console.log(answer.user_status));
connection.reconnect();
connection.cut();
connection.close();
const lastId: number | null = connection.lastEventId;
const stale: boolean = connection.staleForSeconds > 0 && connection.status === "open";
console.log(lastId, stale, connect(new URL("wss://example.org/ws/challenges/notifications/")).topic);

export function Duel({ challengeId }: { challengeId: number | null }) {
  const url = challengeId ? `/ws/challenges/${challengeId}/` : null;
  const { lastMessage, connectionStatus, sendMessage } = useWebSocket(url, {
    shouldConnect: !!challengeId,
    onOpen: (event: Event) => console.log(event.type),
    onClose: (event: CloseEvent) => console.log(event.code, event.reason),
    onError: (event: Event) => console.log(event.type),
    onMessage: (message) => console.log(message.type),
  });
  if (connectionStatus === "connecting" || lastMessage === null) return null;
  sendMessage({ type: "mark_ready" });
  return lastMessage.type;
}

// @ts-expect-error: a status that does not exist
const wrong: boolean = connection.status === "opened";
// @ts-expect-error: a message without a type
connection.send({});
// @ts-expect-error: a timing that does not exist
connect("/sse/challenges/7/", { timings: { sillyMs: 1 } });
console.log(wrong);
