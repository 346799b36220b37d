// The state of a duel in a few words, for the title of the page.

import { shownName } from "../names.js";
import { text } from "../texts.js";
import { serverNow } from "./duel-clock.js";
import { mine, outcome, theirs, viewOf } from "./duel-state.js";
import { minutesAndSeconds, secondsLeft } from "./server-clock.js";
import { secondsToStart } from "./starting.js";

export function duelTitle(state, viewerId) {
  const rival = theirs(state, viewerId);
  const name = rival && shownName(rival.user);
  switch (viewOf(state)) {
    case "waiting":
      return waitingTitle(state, name, viewerId);
    case "question":
      return [clock(state, name), mine(state, viewerId).end_time && text("title_finished")].filter(Boolean).join(" · ");
    case "result":
      return `${text(outcome(state))} ${state.user_score} : ${state.opponent_score}`;
    default:
      return text("it_is_over");
  }
}

function waitingTitle({ status, challenger }, name, viewerId) {
  if (status === "pending_matchmaking") return text("looking");
  if (!name) return text("invited"); // by a link
  if (status === "accepted") return text("title_duel", { name });
  return challenger.id === viewerId ? text("title_invited", { name }) : text("challenges_you", { name });
}

/** The seconds to the first question, then the time that is left; without a time limit, against whom one plays. */
function clock(state, name) {
  const toStart = secondsToStart(state);
  if (toStart) return `${toStart}…`;
  if (state.deadline_at) return minutesAndSeconds(secondsLeft(Date.parse(state.deadline_at), serverNow()));
  return text("title_duel", { name });
}
