import type { Message, Place, Status, StatusDetails } from "./index.js";

export interface EventStreamOptions {
  onOpen?: (event: Event & { details: StatusDetails }) => void;
  onClose?: (event: CloseEvent & { details: StatusDetails }) => void;
  onError?: (event: Event & { details: StatusDetails }) => void;
  shouldConnect?: boolean;
  /** Every message, in order, exactly once. */
  onMessage?: (message: Message, place: Place) => void;
}

export interface EventStream {
  lastMessage: Message | null;
  connectionStatus: Status;
  sendMessage: (message: string | object) => void;
}

/** In place of `useWebSocket(url, options)`. */
export function useEventStream(url: string | null, options?: EventStreamOptions): EventStream;
