"use client";

import { useState, type FormEvent } from "react";
import { messageOf } from "@/lib/apiClient";
import { signIn } from "@/lib/service";

export function SignIn() {
  const [problem, setProblem] = useState<string | null>(null);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    try {
      await signIn({
        username: String(form.get("username")),
        password: String(form.get("password")),
        rememberMe: form.has("rememberMe"),
      });
    } catch (error) {
      setProblem(messageOf(error));
    }
  }

  return (
    <form onSubmit={submit}>
      <h1>Sign in</h1>
      <label>
        Username or e-mail <input name="username" autoComplete="username" required />
      </label>
      <label>
        Password <input name="password" type="password" autoComplete="current-password" required />
      </label>
      <label>
        <input name="rememberMe" type="checkbox" /> Remember me
      </label>
      <button>Sign in</button>
      {problem && <p role="alert">{problem}</p>}
    </form>
  );
}
