import { useCallback, useEffect, useRef, useState } from "react";
import { connect } from "./index.js";

// By HTTP status, the code with which the service closes a WebSocket for the same reason. Every other
// end has the code 1000.
const CLOSE_CODES = { 401: 4001, 403: 4003, 404: 4004 };

/**
 * `useWebSocket` of earlier front ends, over a stream that reconnects by itself. Each message is
 * rendered as `lastMessage` once: of several that arrive together, one after the other.
 */
export function useEventStream(url, options = {}) {
  const { shouldConnect = true } = options;
  const latestOptions = useRef(options);
  const connection = useRef(null);
  const queue = useRef([]);
  const isRendering = useRef(false);
  const isUnauthorized = useRef(false);
  const [lastMessage, setLastMessage] = useState(null);
  const [connectionStatus, setConnectionStatus] = useState("closed");
  const [tokenNumber, setTokenNumber] = useState(0); // counts the tokens that followed a refused one
  const fixedToken = typeof options.token === "function" ? null : options.token;

  const renderNext = useCallback(() => {
    const message = queue.current.shift();
    isRendering.current = message !== undefined;
    if (message) setLastMessage(message);
  }, []);
  const enqueue = useCallback(
    (message) => {
      queue.current.push(message);
      if (!isRendering.current) renderNext();
    },
    [renderNext],
  );

  useEffect(() => {
    latestOptions.current = options;
  });

  useEffect(() => {
    if (lastMessage) queueMicrotask(renderNext);
  }, [lastMessage, renderNext]);

  useEffect(() => {
    if (isUnauthorized.current) setTokenNumber((number) => number + 1);
  }, [fixedToken]);

  useEffect(() => {
    if (!url || !shouldConnect) return undefined;
    let previous = null;
    isUnauthorized.current = false;
    const report = (status, details) => {
      if (status === previous) return;
      previous = status;
      setConnectionStatus(status);
      isUnauthorized.current = status === "closed" && details.status === 401;
      if (status === "open") latestOptions.current.onOpen?.(createEvent("open", details));
      if (status === "error") latestOptions.current.onError?.(createEvent("error", details));
      if (status === "closed") latestOptions.current.onClose?.(createCloseEvent(details));
    };
    const opened = connect(url, {
      get token() {
        return latestOptions.current.token;
      },
      credentials: latestOptions.current.credentials,
      onMessage: (message, info) => {
        enqueue(message); // before the callback, which may throw
        latestOptions.current.onMessage?.(message, info);
      },
      // A challenge that is over is reported as open, since the service keeps its WebSocket open, too,
      // and pages take "closed" for a loss.
      onStatus: (status, details) => report(details.reason === "over" ? "open" : status, details),
    });
    connection.current = opened;
    return () => {
      opened.close();
      report("closed", { reason: "closed_here" }); // a challenge that is over was reported as open
      connection.current = null;
      queue.current = [];
      isRendering.current = false;
    };
  }, [url, shouldConnect, tokenNumber, enqueue]);

  const sendMessage = useCallback(
    (message) => {
      const sentOn = connection.current;
      if (!sentOn) return console.error("There is no connection to send on.");
      sentOn
        .send(message)
        .then((payload) => ({ type: "ready_confirmation", payload }))
        .catch((error) => ({ type: "error", payload: { detail: error.message } }))
        .then((answer) => connection.current === sentOn && enqueue(answer));
    },
    [enqueue],
  );

  return { lastMessage, connectionStatus, sendMessage };
}

const createEvent = (type, details) => Object.assign(new Event(type), { details });

function createCloseEvent(details) {
  const code = CLOSE_CODES[details.status] ?? 1000;
  const reason = details.detail ?? details.reason ?? "";
  return Object.assign(new Event("close"), { code, reason, wasClean: true, details });
}
