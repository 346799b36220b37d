"use client";

import type { ChallengeDetail, Message, SimpleUser } from "qader-sse-client";
import Link from "next/link";
import { useRouter } from "next/navigation";
import { useReducer, useState } from "react";
import { Countdown } from "@/components/Countdown";
import { Question } from "@/components/Question";
import { useStream } from "@/hooks/useStream";
import { messageOf } from "@/lib/apiClient";
import { reduce, UNKNOWN, type Duel } from "@/lib/duel";
import { answer, cancel, leave, ready, rematch, type Choice } from "@/lib/service";

interface Props {
  challengeId: number;
  user: SimpleUser;
}

export function ChallengeDisplay({ challengeId, user }: Props) {
  const [duel, hear] = useReducer(
    (duel: Duel, message: Message) => reduce(duel, message, user.id),
    UNKNOWN,
  );
  const [sent, setSent] = useState<number[]>([]); // questions whose answers are on their way
  const [problem, setProblem] = useState<string | null>(null);
  const status = useStream(`challenges/${challengeId}/`, hear);
  const router = useRouter();
  const { challenge, marks, clockAhead } = duel;

  /** Do something at the service. What it changes comes over the stream; a refusal is shown. */
  async function attempt(action: () => Promise<unknown>): Promise<boolean> {
    setProblem(null);
    try {
      await action();
      return true;
    } catch (error) {
      setProblem(messageOf(error));
      return false;
    }
  }

  /** Go on to the next question at once, and come back to this one if the answer does not arrive. */
  async function choose(questionId: number, choice: Choice) {
    setSent((all) => [...all, questionId]);
    if (await attempt(() => answer(challengeId, questionId, choice))) return;
    setSent((all) => all.filter((id) => id !== questionId));
  }

  const playAgain = () =>
    attempt(async () => router.push(`/challenges/${(await rematch(challengeId)).id}`));

  if (!challenge) {
    if (status === "closed") return <p role="alert">This challenge cannot be followed.</p>;
    return <p>Connecting …</p>;
  }
  const question = challenge.questions.find(({ id }) => !(id in marks) && !sent.includes(id));
  const isPending = challenge.status === "pending_invite" || challenge.status === "pending_matchmaking";
  const isChallenger = challenge.challenger.id === user.id;
  const isReady = challenge.attempts.some((one) => one.user.id === user.id && one.is_ready);
  const mayLeave = challenge.status === "accepted" || challenge.status === "ongoing";
  const mayBeReady = challenge.status === "accepted" || (isPending && isChallenger);
  return (
    <article data-challenge={challenge.id} data-status={challenge.status} data-connection={status}>
      <h1>{challenge.challenge_type_display}</h1>
      <p>{challenge.status_display}</p>
      <Scores challenge={challenge} />
      {status === "error" && <p role="alert">The connection is lost. Trying again …</p>}
      {(problem ?? duel.error) && <p role="alert">{problem ?? duel.error}</p>}

      {mayBeReady && !isReady && (
        <button onClick={() => attempt(() => ready(challengeId))}>Ready</button>
      )}
      {isPending && isChallenger && (
        <button onClick={() => attempt(() => cancel(challengeId))}>Withdraw</button>
      )}
      {mayLeave && <button onClick={() => attempt(() => leave(challengeId))}>Leave</button>}
      {challenge.status === "ongoing" && challenge.deadline_at && (
        <Countdown until={Date.parse(challenge.deadline_at) - clockAhead} />
      )}
      {challenge.status === "ongoing" && question && (
        <Question key={question.id} question={question} onChoose={choose} />
      )}
      {challenge.status === "ongoing" && (
        <p>
          {Object.keys(marks).length} of {challenge.questions.length} answered
        </p>
      )}
      {challenge.status === "completed" && (
        <section data-outcome={outcome(challenge)}>
          <h2>{outcome(challenge)}</h2>
          {challenge.end_reason === "left" && (
            <p>{challenge.user_is_winner ? "Your opponent has left." : "You have left."}</p>
          )}
          <button onClick={playAgain}>Rematch</button>
          <Link href={`/challenges/${challengeId}/results`}>The answers</Link>
        </section>
      )}
    </article>
  );
}

function Scores({ challenge }: { challenge: ChallengeDetail }) {
  return (
    <ul>
      {challenge.attempts.map(({ user, score, is_ready }) => (
        <li key={user.id} data-player={user.username} data-score={score} data-ready={is_ready}>
          {user.preferred_name ?? user.username}: {score} {is_ready && "✓"}
        </li>
      ))}
    </ul>
  );
}

function outcome({ user_is_winner }: ChallengeDetail): string {
  if (user_is_winner === null) return "A draw";
  return user_is_winner ? "You have won" : "You have lost";
}
