import type { Message, MessageInfo, ReadyMarked, Status, StatusDetails, Token } from "./index.js";

/** The answer to `sendMessage({type: "mark_ready"})`, rendered as the WebSocket's message. */
export interface ReadyConfirmation {
  type: "ready_confirmation";
  payload: ReadyMarked;
}

export interface EventStreamOptions {
  onOpen?: (event: Event & { details: StatusDetails }) => void;
  onClose?: (event: CloseEvent & { details: StatusDetails }) => void;
  onError?: (event: Event & { details: StatusDetails }) => void;
  shouldConnect?: boolean;
  /** Called with every message, in order and once. A snapshot replaces missed messages that cannot be replayed. */
  onMessage?: (message: Message, info: MessageInfo) => void;
  /**
   * As for `connect`. A callback may be new in each render, but only hooks that get the same one ask it
   * once together. A new string is used as soon as the service has refused the one before it.
   */
  token?: Token;
  /** As for `connect`. */
  credentials?: RequestCredentials;
}

export interface EventStream {
  /** Told apart by its `type`. */
  lastMessage: Message | ReadyConfirmation | null;
  connectionStatus: Status;
  sendMessage: (message: { type: "mark_ready" } | string) => void;
}

/** Replaces `useWebSocket(url, options)` of earlier front ends. Without a `url` nothing is connected. */
export function useEventStream(url: string | null, options?: EventStreamOptions): EventStream;
