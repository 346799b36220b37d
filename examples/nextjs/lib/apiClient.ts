import { restAddress } from "@/lib/addresses";
import { currentSession, renewAccess } from "@/lib/session";

/** An answer of the service that is no success; the message is for the user, in their language. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly retryAfterSeconds: number | null,
  ) {
    super(message);
  }
}

interface Call {
  method?: "GET" | "POST" | "PATCH" | "DELETE";
  body?: object;
  headers?: Record<string, string>;
  /** With the cookie: for signing in and out, which set and delete it. */
  withCookie?: boolean;
}

/** Call the service as the signed-in user, with new tokens if these have run out. */
export async function callApi<T>(path: string, call: Call = {}): Promise<T> {
  const access = currentSession()?.access;
  const answer = await send(path, call, access);
  if (answer.status !== 401 || !access) return read<T>(answer);
  const renewed = await renewAccess(access);
  return read<T>(renewed ? await send(path, call, renewed) : answer);
}

function send(path: string, call: Call, access: string | undefined): Promise<Response> {
  const headers: Record<string, string> = { ...call.headers };
  if (call.body) headers["Content-Type"] = "application/json";
  if (access) headers.Authorization = `Bearer ${access}`;
  return fetch(restAddress(path), {
    method: call.method ?? "GET",
    headers,
    body: call.body && JSON.stringify(call.body),
    credentials: call.withCookie ? "include" : "same-origin",
  });
}

async function read<T>(answer: Response): Promise<T> {
  if (answer.status === 204) return undefined as T;
  const body: unknown = await answer.json().catch(() => null);
  if (answer.ok) return body as T;
  const seconds = Number(answer.headers.get("Retry-After"));
  throw new ApiError(answer.status, textOf(body) ?? answer.statusText, seconds || null);
}

/** What to show of something that went wrong. */
export const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

/** The text of `{"detail": "…"}`, or of `{"<field>": ["…"]}`, which wrong fields are answered with. */
function textOf(body: unknown): string | null {
  if (typeof body !== "object" || body === null) return null;
  return Object.values(body).flat().join(" ");
}
