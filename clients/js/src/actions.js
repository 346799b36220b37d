import { problemOf } from "./response-errors.js";

/** Do by REST what this message asks for; return the answer. Throws an Error that tells why not. */
export async function act({ base, topic }, fetch, message) {
  const { type } = typeof message === "string" ? JSON.parse(message) : message;
  if (type !== "mark_ready" || topic === "notifications") {
    throw new TypeError(`${type} cannot be sent here. A challenge takes {type: "mark_ready"}.`);
  }
  const response = await fetch(base.action(topic, "ready"), { method: "POST", credentials: "include" });
  const problem = await problemOf(response, "application/json");
  if (problem) throw Object.assign(new Error(problem.detail ?? `HTTP ${problem.status}`), problem);
  return response.json();
}
