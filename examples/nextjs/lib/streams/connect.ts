import { connect, type Token } from "qader-sse-client";
import { streamAddress } from "@/lib/addresses";
import { currentSession, renewAccess } from "@/lib/session";
import type { Follow } from "@/lib/streams/follow";

// One function for all connections: they share a stream, and ask once for a new token.
const token: Token = ({ refused }) => (refused ? renewAccess(refused) : (currentSession()?.access ?? null));

export const followConnect: Follow = (path, handlers) => {
  const connection = connect(streamAddress(path), { ...handlers, token });
  return () => connection.close();
};
