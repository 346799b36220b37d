import { responseError } from "./response-errors.js";

/** Call the REST action for a message and return its answer. Throws an Error with the reason of a refusal. */
export async function performAction({ urls, topic }, fetch, message) {
  const { type } = typeof message === "string" ? JSON.parse(message) : message;
  if (type !== "mark_ready" || topic === "notifications") {
    throw new TypeError(`${type} cannot be sent here. A challenge takes {type: "mark_ready"}.`);
  }
  const response = await fetch(urls.action(topic, "ready"), { method: "POST", credentials: "include" });
  const error = await responseError(response, "application/json");
  if (error) throw Object.assign(new Error(error.detail ?? `HTTP ${error.status}`), error);
  return response.json();
}
