import type { Message, MessageInfo, Status, StatusDetails } from "./index.js";

export interface EventStreamOptions {
  onOpen?: (event: Event & { details: StatusDetails }) => void;
  onClose?: (event: CloseEvent & { details: StatusDetails }) => void;
  onError?: (event: Event & { details: StatusDetails }) => void;
  shouldConnect?: boolean;
  /** Called with every message, in order and once. A snapshot replaces missed messages that cannot be replayed. */
  onMessage?: (message: Message, info: MessageInfo) => void;
}

export interface EventStream {
  lastMessage: Message | null;
  connectionStatus: Status;
  sendMessage: (message: string | object) => void;
}

/** Replaces `useWebSocket(url, options)` of the integration guide. Without a `url` nothing is connected. */
export function useEventStream(url: string | null, options?: EventStreamOptions): EventStream;
