"use client";

import { useEffect, useState } from "react";

// What front ends have that are deployed: one socket, no second attempt, the latest message only.
interface Latest {
  type: string;
  payload: any;
}

export function useWebSocket(url: string | null) {
  const [lastMessage, setLastMessage] = useState<Latest | null>(null);
  const [connectionStatus, setConnectionStatus] = useState("closed");

  useEffect(() => {
    if (!url) return;
    setConnectionStatus("connecting");
    const socket = new WebSocket(url);
    socket.onopen = () => setConnectionStatus("open");
    socket.onclose = () => setConnectionStatus("closed");
    socket.onmessage = ({ data }) => setLastMessage(JSON.parse(data));
    return () => socket.close();
  }, [url]);

  return { lastMessage, connectionStatus };
}
