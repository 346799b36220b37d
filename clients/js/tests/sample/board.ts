// What somebody might write who has installed the package: compiled by the strictest rules.
import { connect, type ChallengeAttempt, type Message, type Question, type StatusDetails } from "qader-sse-client";
import { useEventStream } from "qader-sse-client/react";

interface Board {
  questions: Question[];
  players: ChallengeAttempt[];
  headline: string;
}

export function reduce(board: Board, message: Message): Board {
  switch (message.type) {
    case "challenge.update":
    case "challenge.start":
    case "challenge.end": {
      const { questions, attempts, status_display } = message.payload;
      return { questions, players: attempts, headline: status_display };
    }
    case "participant.update": {
      const changed = message.payload;
      return { ...board, players: board.players.map((player) => (player.id === changed.id ? changed : player)) };
    }
    case "answer.result":
      return { ...board, headline: `${message.payload.user_id} has ${message.payload.current_score}` };
    case "error":
      return { ...board, headline: message.payload.detail };
    case "new_challenge_invite":
    case "challenge_accepted_notification":
    case "challenge_declined_notification":
    case "challenge_cancelled_notification":
      return board; // of the other stream
    default:
      return message satisfies never;
  }
}

export function follow(url: string, token: () => Promise<string | null>, show: (board: Board) => void): () => void {
  let board: Board = { questions: [], players: [], headline: "" };
  const connection = connect(url, {
    token,
    onMessage: (message) => show((board = reduce(board, message))),
    onStatus: (_status, { detail }: StatusDetails) => detail && show({ ...board, headline: detail }),
  });
  return () => connection.close();
}

export function useDeadline(url: string, token: string): Date | null {
  const { lastMessage } = useEventStream(url, { token });
  // @ts-expect-error: not every payload has a deadline
  const wrong: unknown = lastMessage?.payload.deadline_at;
  if (lastMessage?.type !== "challenge.start" || wrong === null) return null;
  const { deadline_at } = lastMessage.payload;
  return deadline_at === null ? null : new Date(deadline_at);
}
