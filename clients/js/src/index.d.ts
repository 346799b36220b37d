import type { Message, ReadyMarked } from "./payloads.js";

/** All messages, payloads, bodies and answers, as the service's own documents describe them. */
export * from "./payloads.js";

export type Status = "connecting" | "open" | "closing" | "closed" | "error";

export interface StatusDetails {
  /** Why: `"cut"`, `"silent"`, `"draining"`, `"refused"`, `"over"`, `"signed_out"`, … */
  reason?: string;
  /** The HTTP status of the answer that is the reason; also 401 if the session has ended, 204 if the topic is over. */
  status?: number;
  /** The service's explanation, in the user's language, if it sent one; else perhaps a note for developers. */
  detail?: string | null;
  /** The delay before the next attempt, in milliseconds. */
  retryInMs?: number;
  /** How messages arrive while the status is `"open"`; `"shared"` is over the one stream of all tabs. */
  via?: "stream" | "polling" | "shared";
  /** How many seconds nothing has come, not even a heartbeat; 0 up to `staleMs`. */
  staleForSeconds?: number;
}

/** Which message it is, and whether it is new, replayed, or a snapshot of the whole state. */
export interface MessageInfo {
  /** The message's sequence number in its topic: 1, 2, 3 … without gaps. */
  id: number;
  /** `"challenges/12"` or `"notifications"`. */
  topic: string;
  mode: "live" | "replay" | "snapshot";
}

/**
 * An access token, or a callback that returns one; null or undefined if nobody is signed in. The callback is asked
 * when a connection begins, and again with the token that the service has refused, because it ran out
 * or its session has ended: once for all connections and calls that were given the same callback. Then
 * return another token, or null if there is none: the connection closes with the status 401. If the
 * callback throws, the connection asks again later, as after any failure of the network.
 */
export type Token = TokenOrNone | ((asked: { refused: string | null }) => TokenOrNone | Promise<TokenOrNone>);
type TokenOrNone = string | null | undefined;

/** One frame as it came over the wire, for inspectors. */
export interface Frame {
  /** `"message"`, or on a shared stream the topic; `"stream"` for control messages; empty for comments. */
  event: string;
  data: string | null;
  id: string;
  comment: string | null;
  /** When the frame came: milliseconds since 1970, counted by a monotonic clock. */
  at: number;
  bytes: number;
}

export interface Options {
  /** Called with every message, in order and once. A snapshot replaces missed messages that cannot be replayed. */
  onMessage?: (message: Message, info: MessageInfo) => void;
  /** Called at each change, at each further failure, and once a second while the connection is stale. */
  onStatus?: (status: Status, details: StatusDetails) => void;
  onFrame?: (frame: Frame) => void;
  /** Use one stream for all tabs of this user in this browser: the default. Without effect in Node before 24. */
  shared?: boolean;
  /**
   * Begin behind the message with this id. Without it, a challenge begins with a snapshot, and
   * notifications with the next one.
   */
  lastEventId?: number | string | null;
  /** For a front end on another origin: sent as `Authorization: Bearer …` with every request. */
  token?: Token;
  /** Whether browsers send cookies: `"include"` is the default, and with a `token` it is `"omit"`. */
  credentials?: RequestCredentials;
  /** Replaces the global `fetch`, for instance to send a cookie from Node. */
  fetch?: (url: string, init: RequestInit) => Promise<Response>;
  /** Time limits and delays that differ from those of `timings.js`, in milliseconds. */
  timings?: Partial<Record<TimingName, number>>;
}

export type TimingName =
  | "tickMs"
  | "firstByteMs"
  | "staleMs"
  | "silentMs"
  | "healthyMs"
  | "retryMs"
  | "retryCapMs"
  | "tokenMs"
  | "requestMs"
  | "pollMs"
  | "pollCapMs"
  | "probeMs"
  | "probeCapMs"
  | "rollCallMs";

export interface Connection {
  readonly topic: string;
  readonly status: Status;
  /**
   * The id of the last message. Before the first one, the id to begin behind: the `lastEventId` that
   * was given, or the head of the notifications, or else null.
   */
  readonly lastEventId: number | null;
  readonly staleForSeconds: number;
  /**
   * `{type: "mark_ready"}`: resolves with the answer of `POST …/ready/`, rejects with the reason of a
   * refusal, and with a TypeError for any other message.
   */
  send(message: { type: "mark_ready" } | string): Promise<ReadyMarked>;
  /** Reconnect now, without waiting for the retry delay. A shared stream reconnects for all tabs. */
  reconnect(): void;
  /** Cut the stream as a lost network would; it then reconnects by itself. A shared stream is cut for all tabs. */
  cut(): void;
  close(): void;
}

/**
 * Follow a challenge (`/sse/challenges/7/`) or the user's notifications
 * (`/sse/challenges/notifications/`). The addresses of WebSockets under `/ws/` are accepted, too; any other
 * throws a TypeError.
 */
export function connect(url: string | URL, options?: Options): Connection;

/**
 * Return a `fetch` for the page's own calls, which sends the token as connections do that have the same
 * one, and asks the same callback for another, once for all of them. A stream as a body can be sent once only.
 */
export function authorizedFetch(
  token: Token,
  options?: Pick<Options, "credentials" | "fetch" | "timings">,
): (input: string | URL | Request, init?: RequestInit) => Promise<Response>;
