// Compiled, but never run: the code that the README shows, and that of earlier front ends.
import {
  authorizedFetch, connect, type ChallengeDetail, type Connection, type Message, type Question, type Status, type TokenPair,
} from "qader-sse-client";
import { useEventStream as useWebSocket } from "qader-sse-client/react";

const connection: Connection = connect("/sse/challenges/7/", {
  onMessage(message, { id, topic, mode }) {
    const line: string = `${topic} ${id.toFixed()} ${mode === "live"} ${message.type}`;
    console.log(line, titleOf(message));
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
connection.send({ type: "mark_ready" }).then((answer) => console.log(answer.user_status satisfies "ready"));
connection.reconnect();
connection.cut();
connection.close();
const lastId: number | null = connection.lastEventId;
const stale: boolean = connection.staleForSeconds > 0 && connection.status === "open";
console.log(lastId, stale, connect(new URL("wss://example.org/ws/challenges/notifications/")).topic);

/** Every type of message, each with its payload: a type that is left out does not compile. */
function titleOf(message: Message): string {
  switch (message.type) {
    case "challenge.update":
    case "challenge.start":
    case "challenge.end":
      return titleOfChallenge(message.payload);
    case "participant.update":
      return `${message.payload.user.username}: ${message.payload.score.toFixed()} ${message.payload.is_ready}`;
    case "answer.result":
      return `${message.payload.question_id}: ${message.payload.selected_answer ?? "hidden"}`;
    case "error":
      return message.payload.detail;
    case "new_challenge_invite":
      return message.payload.challenger.username;
    case "challenge_accepted_notification":
      return message.payload.accepted_by;
    case "challenge_declined_notification":
      return message.payload.declined_by;
    case "challenge_cancelled_notification":
      return message.payload.cancelled_by;
    default:
      return message satisfies never;
  }
}

function titleOfChallenge({ questions, status, opponent, deadline_at }: ChallengeDetail): string {
  const [first]: (Question | undefined)[] = questions;
  return `${opponent?.full_name} ${status === "ongoing"} ${first?.options.A} ${deadline_at?.length}`;
}

// A front end on another origin.
const api = "https://api.example";
let tokens: TokenPair = { access: "…", refresh: "…" };
async function token({ refused }: { refused: string | null }): Promise<string | null> {
  if (tokens.access !== refused) return tokens.access;
  const answer = await fetch(`${api}/api/v1/auth/token/refresh/`, { method: "POST", body: JSON.stringify(tokens) });
  if (answer.status === 401) return null;
  tokens = await answer.json();
  return tokens.access;
}
connect(`${api}/sse/challenges/7/`, { token, credentials: "omit", timings: { tokenMs: 5_000 } });
connect(`${api}/sse/challenges/7/`, { token: () => tokens.access });
connect(`${api}/sse/challenges/7/`, { token: tokens.access, onMessage: ({ type, payload }) => {
  if (type === "challenge.start") console.log(payload.started_at);
} });
authorizedFetch(token, { credentials: "include" })(new URL(api), { method: "POST" }).then(({ status }) => status.toFixed());

export function Duel({ challengeId }: { challengeId: number | null }) {
  const url = challengeId ? `/ws/challenges/${challengeId}/` : null;
  const { lastMessage, connectionStatus, sendMessage } = useWebSocket(url, {
    shouldConnect: !!challengeId,
    onOpen: (event: Event) => console.log(event.type),
    onClose: (event: CloseEvent) => console.log(event.code, event.reason),
    onError: (event: Event) => console.log(event.type),
    onMessage: (message) => console.log(message.type),
    token,
  });
  if (connectionStatus === "connecting" || lastMessage === null) return null;
  if (lastMessage.type === "ready_confirmation") return lastMessage.payload.challenge_started ? "started" : "ready";
  sendMessage({ type: "mark_ready" });
  return lastMessage.type;
}

// @ts-expect-error: a status that does not exist
const wrong: boolean = connection.status === "opened";
// @ts-expect-error: a message without a type
connection.send({});
// @ts-expect-error: a type of message that does not exist
if (titleOf === undefined) connect("/sse/challenges/7/", { onMessage: ({ type }) => type === "challenge.over" });
// @ts-expect-error: a payload of another type
connect("/sse/challenges/7/", { onMessage: (message) => message.type === "error" && message.payload.questions });
// @ts-expect-error: a token that is no string
connect("/sse/challenges/7/", { token: () => 7 });
// @ts-expect-error: a timing that does not exist
connect("/sse/challenges/7/", { timings: { sillyMs: 1 } });
console.log(wrong);
