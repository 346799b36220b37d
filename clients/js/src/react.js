import { useCallback, useEffect, useRef, useState } from "react";
import { connect } from "./index.js";

// What a WebSocket of the service would have been closed with.
const CLOSE_CODES = { 401: 4001, 403: 4003, 404: 4004 };

/**
 * `useWebSocket` of the integration guide, on a stream that comes back by itself. `lastMessage` is
 * shown message by message: each is rendered, however many arrive at once.
 */
export function useEventStream(url, options = {}) {
  const { shouldConnect = true } = options;
  const latest = useRef(options);
  const connection = useRef(null);
  const waiting = useRef([]);
  const isShowing = useRef(false);
  const [lastMessage, setLastMessage] = useState(null);
  const [connectionStatus, setConnectionStatus] = useState("closed");

  const showNext = useCallback(() => {
    const message = waiting.current.shift();
    isShowing.current = message !== undefined;
    if (message) setLastMessage(message);
  }, []);
  const show = useCallback(
    (message) => {
      waiting.current.push(message);
      if (!isShowing.current) showNext();
    },
    [showNext],
  );

  useEffect(() => {
    latest.current = options;
  });

  useEffect(() => {
    if (lastMessage) queueMicrotask(showNext);
  }, [lastMessage, showNext]);

  useEffect(() => {
    if (!url || !shouldConnect) return undefined;
    let before = null;
    const opened = connect(url, {
      onMessage: (message, place) => {
        show(message); // first: a mistake in the callback must cost no message
        latest.current.onMessage?.(message, place);
      },
      onStatus: (said, details) => {
        // The WebSocket of a challenge that is over stays open; a page calls "closed" a loss.
        const status = details.reason === "over" ? "open" : said;
        if (status === before) return;
        before = status;
        setConnectionStatus(status);
        if (status === "open") latest.current.onOpen?.(eventOf("open", details));
        if (status === "error") latest.current.onError?.(eventOf("error", details));
        if (status === "closed") latest.current.onClose?.(closeEventOf(details));
      },
    });
    connection.current = opened;
    return () => {
      opened.close();
      connection.current = null;
      waiting.current = [];
      isShowing.current = false;
    };
  }, [url, shouldConnect, show]);

  const sendMessage = useCallback(
    (message) => {
      const sentOn = connection.current;
      if (!sentOn) return console.error("There is no connection to send on.");
      sentOn
        .send(message)
        .then((payload) => ({ type: "ready_confirmation", payload }))
        .catch((error) => ({ type: "error", payload: { detail: error.message } }))
        .then((answer) => connection.current === sentOn && show(answer));
    },
    [show],
  );

  return { lastMessage, connectionStatus, sendMessage };
}

const eventOf = (type, details) => Object.assign(new Event(type), { details });

function closeEventOf(details) {
  const code = CLOSE_CODES[details.status] ?? 1000;
  const reason = details.detail ?? details.reason ?? "";
  return Object.assign(new Event("close"), { code, reason, wasClean: true, details });
}
