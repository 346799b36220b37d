"use client";

import { Lobby } from "@/components/Lobby";
import { SignIn } from "@/components/SignIn";
import { useAuth } from "@/hooks/useAuth";

export default function Page() {
  const { user, isKnown } = useAuth();
  if (!isKnown) return null;
  return user ? <Lobby username={user.username} /> : <SignIn />;
}
