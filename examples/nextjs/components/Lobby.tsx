"use client";

import type { ChallengeList, ChallengeTypeInfo, NewChallenge } from "qader-sse-client";
import Link from "next/link";
import { useRouter } from "next/navigation";
import { useEffect, useState, type FormEvent } from "react";
import { messageOf } from "@/lib/apiClient";
import { challengeTypes, create, ready, runningChallenges, signOut } from "@/lib/service";

export function Lobby({ username }: { username: string }) {
  const [types, setTypes] = useState<ChallengeTypeInfo[]>([]);
  const [running, setRunning] = useState<ChallengeList[]>([]);
  const [problem, setProblem] = useState<string | null>(null);
  const router = useRouter();
  const show = (error: unknown) => setProblem(messageOf(error));

  useEffect(() => {
    challengeTypes().then(setTypes, show);
    runningChallenges().then(setRunning, show);
  }, []);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    try {
      const { id } = await create(Object.fromEntries(form) as unknown as NewChallenge);
      await ready(id); // whoever invites is ready
      router.push(`/challenges/${id}`);
    } catch (error) {
      show(error);
    }
  }

  return (
    <form onSubmit={submit}>
      <h1>{username}</h1>
      <label>
        Opponent <input name="opponent_username" placeholder="anybody" autoComplete="off" />
      </label>
      {/* Of one width, so that the buttons stay in their places when the types arrive. */}
      <select name="challenge_type" required style={{ width: "16em" }}>
        {types.map(({ key, name }) => (
          <option key={key} value={key}>
            {name}
          </option>
        ))}
      </select>
      <button>Challenge</button>
      <button type="button" onClick={() => signOut().catch(show)}>
        Sign out
      </button>
      {problem && <p role="alert">{problem}</p>}
      <ul>
        {running.map(({ id, challenger, opponent, status_display }) => (
          <li key={id}>
            <Link href={`/challenges/${id}`}>
              {challenger.username} – {opponent?.username ?? "…"}: {status_display}
            </Link>
          </li>
        ))}
      </ul>
    </form>
  );
}
