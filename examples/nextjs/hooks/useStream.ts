"use client";

import type { Message, Status } from "qader-sse-client";
import { useEffect, useEffectEvent, useState } from "react";
import { follow } from "@/lib/streams/follow";

/** Call `onMessage` with each message of a stream, in order, and return its status. Null: no stream. */
export function useStream(path: string | null, onMessage: (message: Message) => void): Status {
  const [status, setStatus] = useState<Status>("closed");
  const handle = useEffectEvent(onMessage);

  useEffect(() => {
    if (!path) return;
    const stop = follow(path, { onMessage: (message) => handle(message), onStatus: setStatus });
    return () => {
      stop();
      setStatus("closed");
    };
  }, [path]);

  return status;
}
