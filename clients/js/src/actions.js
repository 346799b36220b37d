import { responseError } from "./response-errors.js";

/**
 * Send `{type: "mark_ready"}` to a challenge, as a POST to its action `ready`, and return the answer.
 * Throws a TypeError for any other message or topic, and an Error with the `status` and `detail` of
 * an answer that is not a success.
 */
export async function performAction({ urls, topic }, fetch, message) {
  const { type } = typeof message === "string" ? JSON.parse(message) : message;
  if (type !== "mark_ready" || topic === "notifications") {
    throw new TypeError(`${type} cannot be sent here. A challenge takes {type: "mark_ready"}.`);
  }
  const response = await fetch(urls.action(topic, "ready"), { method: "POST" });
  const error = await responseError(response, "application/json");
  if (error) throw Object.assign(new Error(error.detail ?? `HTTP ${error.status}`), error);
  return response.json();
}
