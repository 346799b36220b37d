import type { ChallengeDetail, Message, StreamClosing, StreamOpened, StreamOver } from "qader-sse-client";
import { streamAddress } from "@/lib/addresses";
import { ApiError, callApi } from "@/lib/apiClient";
import { isRunning } from "@/lib/service";
import { retryDelay, type Follow } from "@/lib/streams/follow";

export const followEventSource: Follow = (path, { onMessage, onStatus }) => {
  let source: EventSource;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let failures = 0;
  let lastId = "";
  let isClosed = false;

  function open() {
    onStatus("connecting");
    const address = new URL(streamAddress(path));
    if (lastId) address.searchParams.set("last_event_id", lastId);
    source = new EventSource(address, { withCredentials: true });
    source.onmessage = (event: MessageEvent<string>) => {
      lastId = event.lastEventId;
      onMessage(JSON.parse(event.data) as Message);
    };
    source.addEventListener("stream", (event: MessageEvent<string>) => {
      const { state } = JSON.parse(event.data) as StreamOpened | StreamClosing | StreamOver;
      if (state === "over") return close("closed");
      if (state === "open") failures = 0;
      onStatus(state === "open" ? "open" : "connecting");
    });
    source.onerror = () => {
      onStatus("error");
      if (source.readyState === EventSource.CLOSED) void tryAgain();
    };
  }

  /** The browser reconnects by itself, unless a status other than 200 has stopped it. */
  async function tryAgain() {
    if (await willNeverOpen(path)) return isClosed || close("closed");
    failures += 1;
    if (!isClosed) timer = setTimeout(open, retryDelay(failures));
  }

  function close(status?: "closed") {
    isClosed = true;
    clearTimeout(timer);
    source.close();
    if (status) onStatus(status);
  }

  open();
  return () => close();
};

/** An EventSource does not say with which status it was refused, so REST is asked the same. */
async function willNeverOpen(path: string): Promise<boolean> {
  try {
    if (path === "challenges/notifications/") return (await callApi("users/me/")) === null;
    return !isRunning(await callApi<ChallengeDetail>(`challenges/${path}`));
  } catch (error) {
    return error instanceof ApiError && [401, 403, 404].includes(error.status);
  }
}
