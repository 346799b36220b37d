// The answers of each duel on their way: also while another one is shown, and once the page is
// loaded again, as phones do by themselves with what they have put away.

import { Outbox } from "./answer-queue.js";
import { call, challengePath, pause } from "../api.js";

const outboxes = new Map(); // by the name their answers are kept under

/** The viewer's answers in this duel; `refused` and `changed` as an Outbox calls them. */
export function outboxOf(challengeId, viewer, { refused, changed }) {
  const name = `answers ${viewer.id} ${challengeId}`;
  if (!outboxes.has(name)) outboxes.set(name, open(name, challengeId));
  return Object.assign(outboxes.get(name), { refused, changed });
}

/** Somebody else may be here from now on: nobody's answers are sent in another's name. */
export function closeOutboxes() {
  for (const outbox of outboxes.values()) outbox.close();
  outboxes.clear();
}

const open = (name, challengeId) =>
  new Outbox({
    send: (questionId, answer) => call("POST", challengePath(challengeId, "answer/"), { question_id: questionId, ...answer }),
    pause,
    kept: JSON.parse(sessionStorage.getItem(name) ?? "[]"),
    keep: (answers) => (answers.length ? sessionStorage.setItem(name, JSON.stringify(answers)) : sessionStorage.removeItem(name)),
  });
