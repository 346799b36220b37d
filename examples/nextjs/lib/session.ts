import type { SignedInUser, TokenPair } from "qader-sse-client";
import { restAddress } from "@/lib/addresses";

/** What signing in answers: `access`, `refresh` and `user`. */
export type Session = SignedInUser;

const KEY = "session";
const listeners = new Set<() => void>();
let text: string | null = null;
let parsed: Session | null = null;

/** The session of this browser, the same object until it changes; null if nobody is signed in. */
export function currentSession(): Session | null {
  const stored = localStorage.getItem(KEY);
  if (stored !== text) {
    text = stored;
    parsed = stored === null ? null : (JSON.parse(stored) as Session);
  }
  return parsed;
}

export function keepSession(session: Session | null): void {
  if (session) localStorage.setItem(KEY, JSON.stringify(session));
  else localStorage.removeItem(KEY);
  listeners.forEach((listener) => listener());
}

/** Call the listener when this tab or another one signs in or out, or renews its tokens. */
export function onSessionChange(listener: () => void): () => void {
  listeners.add(listener);
  window.addEventListener("storage", listener);
  return () => {
    listeners.delete(listener);
    window.removeEventListener("storage", listener);
  };
}

/**
 * Return an access token that is newer than the one that was refused, or null once the session has
 * ended. Of several calls, in all tabs, that are refused at the same time, one asks the service.
 */
export function renewAccess(refused: string): Promise<string | null> {
  return oneAtATime(async () => {
    const session = currentSession();
    if (!session || session.access !== refused) return session?.access ?? null;
    const answer = await fetch(restAddress("auth/token/refresh/"), {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ refresh: session.refresh }),
    });
    if (answer.status === 401) {
      keepSession(null);
      return null;
    }
    if (!answer.ok) throw new Error(`The tokens could not be renewed (${answer.status}).`);
    const tokens = (await answer.json()) as TokenPair;
    keepSession({ ...session, ...tokens });
    return tokens.access;
  });
}

/** Browsers have locks on https and on localhost. Elsewhere the service lets two renew at once. */
async function oneAtATime(renew: () => Promise<string | null>): Promise<string | null> {
  return "locks" in navigator ? await navigator.locks.request("renew-access", renew) : renew();
}
