"use client";

import { useParams } from "next/navigation";
import { ChallengeDisplay } from "@/components/ChallengeDisplay";
import { SignIn } from "@/components/SignIn";
import { useAuth } from "@/hooks/useAuth";

export default function Page() {
  const { id } = useParams<{ id: string }>();
  const { user, isKnown } = useAuth();
  if (!isKnown) return null;
  return user ? <ChallengeDisplay key={`${id} ${user.id}`} challengeId={Number(id)} user={user} /> : <SignIn />;
}
