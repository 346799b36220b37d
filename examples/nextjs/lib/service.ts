import type {
  AnswerBody,
  ChallengeDetail,
  ChallengeList,
  ChallengePage,
  ChallengeResult,
  ChallengeTypeInfo,
  Credentials,
  NewChallenge,
} from "qader-sse-client";
import { callApi } from "@/lib/apiClient";
import { keepSession, type Session } from "@/lib/session";

export type Choice = AnswerBody["selected_answer"];

export async function signIn(credentials: Credentials): Promise<void> {
  const call = { method: "POST", body: credentials, withCookie: true } as const;
  keepSession(await callApi<Session>("auth/login/", call));
}

export async function signOut(): Promise<void> {
  await callApi("auth/logout/", { method: "POST", withCookie: true });
  keepSession(null);
}

export const challengeTypes = () => callApi<ChallengeTypeInfo[]>("challenges/types/");

/** Invite somebody, or search for anybody if no name is given. Sent twice, it still creates one. */
export const create = (body: NewChallenge) => {
  // Not crypto.randomUUID, which browsers have on https and localhost only.
  const headers = { "Idempotency-Key": crypto.getRandomValues(new Uint32Array(4)).join("-") };
  return callApi<ChallengeDetail>("challenges/challenges/", { method: "POST", body, headers });
};

/** The user's latest challenges: invites that wait for an answer of theirs, or all others. */
const challenges = async (areInvites: boolean): Promise<ChallengeList[]> => {
  const path = `challenges/challenges/?is_pending_invite_for_user=${areInvites}`;
  return (await callApi<ChallengePage>(path)).results;
};

/** Whether a challenge still goes on. */
export const isRunning = ({ status }: Pick<ChallengeDetail, "status">) =>
  ["pending_invite", "pending_matchmaking", "accepted", "ongoing"].includes(status);

export const pendingInvites = () => challenges(true);
export const runningChallenges = async () => (await challenges(false)).filter(isRunning);

const act = <T = unknown>(id: number, action: string, body?: object) =>
  callApi<T>(`challenges/challenges/${id}/${action}/`, { method: "POST", body });

export const accept = (id: number) => act<ChallengeDetail>(id, "accept");
export const decline = (id: number) => act(id, "decline");
export const cancel = (id: number) => act(id, "cancel");
export const ready = (id: number) => act(id, "ready");
export const leave = (id: number) => act<ChallengeDetail>(id, "leave");
export const rematch = (id: number) => act<ChallengeDetail>(id, "rematch");
export const answer = (id: number, questionId: number, choice: Choice) =>
  act(id, "answer", { question_id: questionId, selected_answer: choice } satisfies AnswerBody);

export const result = (id: number) =>
  callApi<ChallengeResult>(`challenges/challenges/${id}/results/`);
