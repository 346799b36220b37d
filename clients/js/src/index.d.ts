/** Every message, on every transport. */
export interface Message {
  type: string;
  payload: any;
}

export type Status = "connecting" | "open" | "closing" | "closed" | "error";

export interface StatusDetails {
  /** Why: `"cut"`, `"silent"`, `"draining"`, `"refused"`, `"over"`, `"signed_out"`, … */
  reason?: string;
  /** The HTTP status, where one is to blame. */
  status?: number;
  /** A sentence for people, in their language, where the service said one. */
  detail?: string | null;
  /** When the next try comes. */
  retryInMs?: number;
  /** How messages arrive while it is open. */
  via?: "stream" | "polling" | "shared";
  /** How long nothing came, not even a heartbeat; 0 while that is as it should be. */
  staleForSeconds?: number;
}

export interface Place {
  /** The message's number in its topic: 1, 2, 3 … without holes. */
  id: number;
  /** `"challenges/12"` or `"notifications"`. */
  topic: string;
  mode: "live" | "replay" | "snapshot";
}

/** What came over the wire, for inspectors. */
export interface Frame {
  /** `"message"`, `"stream"`, a topic, or empty for comments and lone ids. */
  event: string;
  data: string | null;
  id: string;
  comment: string | null;
  /** Milliseconds since 1970, by a clock that nobody sets. */
  at: number;
  bytes: number;
}

export interface Options {
  /** Every message, in order, exactly once. */
  onMessage?: (message: Message, place: Place) => void;
  /** Each change, and once a second while the connection is stale. */
  onStatus?: (status: Status, details: StatusDetails) => void;
  onFrame?: (frame: Frame) => void;
  /** One stream for all tabs of this browser; the default where it is possible. */
  shared?: boolean;
  /** Where to begin: what follows this number. Without it, with a snapshot. */
  lastEventId?: number | string | null;
  /** In place of the global one, for instance to send a cookie from Node. */
  fetch?: (url: string, init: RequestInit) => Promise<Response>;
  /** Other waiting times than those of `timings.js`, in milliseconds. */
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
  | "probeCapMs";

export interface Connection {
  readonly topic: string;
  readonly status: Status;
  /** The number of the last message; null before the first. */
  readonly lastEventId: number | null;
  readonly staleForSeconds: number;
  /** `{type: "mark_ready"}`: resolves with the answer of `POST …/ready/`, rejects with its reason. */
  send(message: { type: string } | string): Promise<any>;
  /** Try again now. */
  reconnect(): void;
  /** Drop the transport as a lost network would. */
  cut(): void;
  close(): void;
}

/**
 * Follow a challenge (`/sse/challenges/7/`) or one's notifications
 * (`/sse/challenges/notifications/`); the addresses under `/ws/` are taken too.
 */
export function connect(url: string | URL, options?: Options): Connection;
