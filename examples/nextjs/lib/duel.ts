import type { ChallengeAttempt, ChallengeDetail, Message } from "qader-sse-client";

/** What one player sees of a challenge: its latest state, and how their own answers were marked. */
export interface Duel {
  challenge: ChallengeDetail | null;
  /** By the question's id, whether the answer was right. */
  marks: Record<number, boolean>;
  /** How far the service's clock is ahead of this one, in milliseconds. */
  clockAhead: number;
  error: string | null;
}

export const UNKNOWN: Duel = { challenge: null, marks: {}, clockAhead: -Infinity, error: null };

/** The state after a message, for the user with this id. */
export function reduce(duel: Duel, message: Message, userId: number): Duel {
  switch (message.type) {
    case "challenge.update":
    case "challenge.start":
    case "challenge.end":
      return whole(duel, message.payload);
    case "participant.update":
      return { ...duel, challenge: withAttempt(duel.challenge, message.payload) };
    case "answer.result": {
      const { user_id, question_id, is_correct } = message.payload;
      if (user_id !== userId) return duel;
      return { ...duel, marks: { ...duel.marks, [question_id]: is_correct } };
    }
    case "error":
      return { ...duel, error: message.payload.detail };
    default:
      return duel; // a later version of the service may have more types
  }
}

/** A message with the whole challenge replaces all that was known of it. */
function whole(duel: Duel, challenge: ChallengeDetail): Duel {
  const marks: Record<number, boolean> = {};
  for (const question of challenge.questions) {
    const mine = question.user_answer_details;
    if (mine) marks[question.id] = mine.is_correct;
  }
  // A message that comes late makes the difference smaller, never larger.
  const clockAhead = Math.max(duel.clockAhead, Date.parse(challenge.server_time) - Date.now());
  return { challenge, marks, clockAhead, error: null };
}

function withAttempt(challenge: ChallengeDetail | null, attempt: ChallengeAttempt) {
  if (!challenge) return null;
  const attempts = challenge.attempts.map((one) => (one.user.id === attempt.user.id ? attempt : one));
  return { ...challenge, attempts };
}
