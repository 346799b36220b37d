"""Judges a round: what the players saw and did, against what the database holds."""

import json
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from chaos.database import Database, Truth
from chaos.faults import Fault
from chaos.outcome import Outcome
from chaos.players import Duel, Failure, Player
from chaos.viewer import Viewer
from conformance.duel_log import violations
from conformance.sequence import compare
from qader_sse.domain.events import challenge_topic
from qader_sse.domain.presenters import Viewer as Perspective
from qader_sse.domain.presenters import message

# For so long around a fault it may excuse a 503: requests that were under way when it began, and
# connections that have to be made anew when it is over.
_AFTERMATH_SECONDS = 10.0
_MOST_PROBLEMS = 3


@dataclass(frozen=True, slots=True)
class Window:
    """When a fault began and was healed, by the wall clock."""

    began_at: float
    healed_at: float

    def excuses(self, failure: Failure) -> bool:
        begin, end = self.began_at - _AFTERMATH_SECONDS, self.healed_at + _AFTERMATH_SECONDS
        return failure.is_clear and begin <= failure.began_at <= end


def count(
    duels: Sequence[Duel], database: Database, fault: Fault, window: Window, outcome: Outcome
) -> None:
    """Add to the outcome what these duels came to."""
    for duel in duels:
        for player in duel.players:
            _count_failures(player, fault, window, outcome)
        if not duel.viewers:
            outcome.stuck += 1
            continue
        truth = database.duel(duel.viewers[0].challenge_id)
        outcome.stuck += truth.status != "completed"
        if truth.has_holes:
            outcome.problems.append(f"the log of {truth.log[0].event.topic} has holes")
        for player, viewer in zip(duel.players, duel.viewers, strict=True):
            _count_messages(viewer, truth, outcome)
            _check_answers(player, truth, outcome)


def _count_failures(player: Player, fault: Fault, window: Window, outcome: Outcome) -> None:
    for failure in player.failures:
        if fault.takes_rest_away and window.excuses(failure):
            outcome.put_off += 1
        else:
            outcome.failed += 1
            when = failure.began_at - window.began_at
            outcome.problems.append(f"REST failed {when:+.1f} s after the fault: {failure.what}")


def _count_messages(viewer: Viewer, truth: Truth, outcome: Outcome) -> None:
    topic = challenge_topic(viewer.challenge_id)
    perspective = Perspective(viewer.user_id, "en")
    expected = [
        _key(viewer, written.event.seq, message(written.event, perspective))
        for written in truth.log
    ]
    received = [_key(viewer, a.message.seq, a.message.content) for a in viewer.arrivals]
    diff = compare(expected, received)
    outcome.expected += len(expected)
    outcome.delivered += len(expected) - diff.lost
    outcome.lost += diff.lost
    outcome.doubled += diff.doubled
    outcome.disordered += diff.disordered
    outcome.endings += viewer.endings
    for arrival, position in zip(viewer.arrivals, diff.positions, strict=True):
        if position is not None:
            delay = arrival.at - truth.log[position].at
            which = f"{topic} {arrival.message.seq} to user {viewer.user_id}"
            outcome.slowest = max(outcome.slowest, (delay, which))
    log = [(a.message.seq, a.message.content) for a in viewer.arrivals]
    found = [*viewer.problems, *violations(log, viewer.user_id)]
    outcome.problems += [f"{topic}: {problem}" for problem in found[:_MOST_PROBLEMS]]


def _key(viewer: Viewer, seq: int, content: object) -> Hashable:
    """Return what makes a message the same one; a number only where the server gave it."""
    return seq if viewer.stream.is_numbered else None, json.dumps(content, sort_keys=True)


def _check_answers(player: Player, truth: Truth, outcome: Outcome) -> None:
    for question_id, choice in player.answers.items():
        written = truth.answers.get((player.api.user_id, question_id))
        if written != choice:
            outcome.problems.append(f"{player.name} answered {choice}, the database has {written}")
