"use client";

import type { ChallengeResult } from "qader-sse-client";
import { useParams } from "next/navigation";
import { useEffect, useState } from "react";
import { SignIn } from "@/components/SignIn";
import { useAuth } from "@/hooks/useAuth";
import { messageOf } from "@/lib/apiClient";
import { result } from "@/lib/service";

export default function Page() {
  const { id } = useParams<{ id: string }>();
  const { user, isKnown } = useAuth();
  if (!isKnown) return null;
  return user ? <Answers key={`${id} ${user.id}`} challengeId={Number(id)} /> : <SignIn />;
}

function Answers({ challengeId }: { challengeId: number }) {
  const [found, setFound] = useState<ChallengeResult | null>(null);
  const [problem, setProblem] = useState<string | null>(null);

  useEffect(() => {
    result(challengeId).then(setFound, (error: unknown) => setProblem(messageOf(error)));
  }, [challengeId]);

  if (!found) return <p role="alert">{problem}</p>;
  return (
    <ol data-result={found.id}>
      {found.questions.map((question) => (
        <li key={question.id} dir="auto">
          <p>{question.question_text}</p>
          <p>
            {question.user_answer_details?.selected_choice ?? "–"} / {question.correct_answer}
          </p>
          <p>{question.explanation}</p>
        </li>
      ))}
    </ol>
  );
}
