"use client";

import { useParams } from "next/navigation";
import { useEffect, useState } from "react";
import { useWebSocket } from "@/hooks/useWebSocket";
import { answer, ready } from "@/lib/service";

// A duel as deployed front ends show it: `any`, the names userId and isReady, state in an effect.
export default function Page() {
  const { id } = useParams<{ id: string }>();
  const [challenge, setChallenge] = useState<any>(null);
  const [answered, setAnswered] = useState<number[]>([]);
  const { lastMessage, connectionStatus } = useWebSocket(`ws://localhost:8000/ws/challenges/${id}/`);

  useEffect(() => {
    if (!lastMessage) return;
    const { type, payload } = lastMessage;
    if (["challenge.update", "challenge.start", "challenge.end"].includes(type)) setChallenge(payload);
    if (type === "participant.update") {
      setChallenge((before: any) => ({
        ...before,
        attempts: before.attempts.map((one: any) =>
          one.userId === payload.user.id ? { ...one, score: payload.score, isReady: payload.is_ready } : one,
        ),
      }));
    }
  }, [lastMessage]);

  if (!challenge) return <p>{connectionStatus}</p>;
  const question = challenge.questions.find((one: any) => !answered.includes(one.id));
  return (
    <article data-challenge={id} data-status={challenge.status} data-connection={connectionStatus}>
      {challenge.attempts.map((one: any) => (
        <p key={one.userId} data-player={one.user.username} data-score={one.score} data-ready={one.isReady} />
      ))}
      <button onClick={() => ready(Number(id))}>Ready</button>
      {challenge.status === "ongoing" && question && (
        <section data-question={question.id}>
          {(["A", "B", "C", "D"] as const).map((choice) => (
            <button
              key={choice}
              data-choice={choice}
              onClick={async () => {
                await answer(Number(id), question.id, choice);
                setAnswered((before) => [...before, question.id]);
              }}
            />
          ))}
        </section>
      )}
      {challenge.status === "completed" && <section data-outcome={String(challenge.user_is_winner)} />}
    </article>
  );
}
