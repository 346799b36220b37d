/** What the service sends, the same on every transport. */
export interface Message {
  type: string;
  payload: any;
}

export type Status = "connecting" | "open" | "closing" | "closed" | "error";

export interface StatusDetails {
  /** Why: `"cut"`, `"silent"`, `"draining"`, `"refused"`, `"over"`, `"signed_out"`, … */
  reason?: string;
  /** The HTTP status, where an answer is the reason. */
  status?: number;
  /** A sentence to show to the user, in their language, where the service sent one. */
  detail?: string | null;
  /** The delay before the next attempt. */
  retryInMs?: number;
  /** How messages arrive while the status is `"open"`. */
  via?: "stream" | "polling" | "shared";
  /** How long nothing has come, not even a heartbeat; 0 while that is within the usual time. */
  staleForSeconds?: number;
}

/** Which message it is, and why it came. */
export interface MessageInfo {
  /** The message's sequence number in its topic: 1, 2, 3 … without gaps. */
  id: number;
  /** `"challenges/12"` or `"notifications"`. */
  topic: string;
  mode: "live" | "replay" | "snapshot";
}

/** One frame as it came over the wire, for inspectors. */
export interface Frame {
  /** `"message"`, `"stream"`, a topic, or empty for comments. */
  event: string;
  data: string | null;
  id: string;
  comment: string | null;
  /** Milliseconds since 1970, by a monotonic clock. */
  at: number;
  bytes: number;
}

export interface Options {
  /** Called with every message, in order, exactly once. */
  onMessage?: (message: Message, info: MessageInfo) => void;
  /** Called at each change, and once a second while the connection is stale. */
  onStatus?: (status: Status, details: StatusDetails) => void;
  onFrame?: (frame: Frame) => void;
  /** Use one stream for all tabs of this browser: the default in pages. */
  shared?: boolean;
  /** Begin behind the message with this id. Without it, begin with a snapshot. */
  lastEventId?: number | string | null;
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
  | "requestMs"
  | "pollMs"
  | "pollCapMs"
  | "probeMs"
  | "probeCapMs"
  | "rollCallMs";

export interface Connection {
  readonly topic: string;
  readonly status: Status;
  /** The id of the last message; null before the first. */
  readonly lastEventId: number | null;
  readonly staleForSeconds: number;
  /** `{type: "mark_ready"}`: resolves with the answer of `POST …/ready/`, rejects with the reason of a refusal. */
  send(message: { type: string } | string): Promise<any>;
  /** Reconnect now. */
  reconnect(): void;
  /** Drop the transport as a lost network would. */
  cut(): void;
  close(): void;
}

/**
 * Follow a challenge (`/sse/challenges/7/`) or the user's notifications
 * (`/sse/challenges/notifications/`). The addresses of WebSockets under `/ws/` are accepted, too.
 */
export function connect(url: string | URL, options?: Options): Connection;
