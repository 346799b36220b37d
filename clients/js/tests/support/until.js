import { setTimeout as wait } from "node:timers/promises";

/** Wait until a condition returns something truthy; return that. Throws an Error naming `what`. */
export async function until(condition, what, timeoutMs = 15_000) {
  const endsAt = performance.now() + timeoutMs;
  for (;;) {
    const found = await condition();
    if (found) return found;
    if (performance.now() > endsAt) throw new Error(`waited in vain for ${typeof what === "function" ? what() : what}`);
    await wait(20);
  }
}
