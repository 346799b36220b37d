// The answer queue of each duel. It goes on sending while another duel is shown, and is saved for
// when the page is loaded again: phones unload pages in the background.

import { callApi, challengePath, retryDelay } from "../api.js";
import { AnswerQueue } from "./answer-queue.js";

const queues = new Map(); // by their key in sessionStorage

/** Return the queue of the viewer's answers in this duel, each time the same one, now with these callbacks. */
export function answerQueueFor(challengeId, viewer, { onRefused, onChange }) {
  const key = `answers ${viewer.id} ${challengeId}`;
  if (!queues.has(key)) queues.set(key, openQueue(key, challengeId));
  return Object.assign(queues.get(key), { onRefused, onChange });
}

/** Stop sending: after a change of the user, the cookie would send answers in another's name. */
export function closeAnswerQueues() {
  for (const queue of queues.values()) queue.close();
  queues.clear();
}

const openQueue = (key, challengeId) =>
  new AnswerQueue({
    send: (questionId, answer) => callApi("POST", challengePath(challengeId, "answer/"), { question_id: questionId, ...answer }),
    retryDelay,
    saved: JSON.parse(sessionStorage.getItem(key) ?? "[]"),
    save: (answers) => (answers.length ? sessionStorage.setItem(key, JSON.stringify(answers)) : sessionStorage.removeItem(key)),
  });
