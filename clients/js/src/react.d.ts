import type { Message, MessageInfo, ReadyMarked, Status, StatusDetails } from "./index.js";

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
}

export interface EventStream {
  /** Told apart by its `type`. */
  lastMessage: Message | ReadyConfirmation | null;
  connectionStatus: Status;
  sendMessage: (message: { type: "mark_ready" } | string) => void;
}

/** Replaces `useWebSocket(url, options)` of the integration guide. Without a `url` nothing is connected. */
export function useEventStream(url: string | null, options?: EventStreamOptions): EventStream;
