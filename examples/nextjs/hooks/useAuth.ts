"use client";

import { useSyncExternalStore } from "react";
import { currentSession, onSessionChange } from "@/lib/session";

/** The signed-in user; `isKnown` is false on the server and until the page has looked. */
export function useAuth() {
  const session = useSyncExternalStore(onSessionChange, currentSession, () => undefined);
  return { user: session?.user ?? null, isKnown: session !== undefined };
}
