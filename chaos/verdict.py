"""Evaluates a round: compares what the players received and did with the database."""

import json
from collections.abc import Hashable, Sequence
from itertools import pairwise

from chaos.database import Database, RecordedDuel
from chaos.faults import Fault
from chaos.outcome import Outcome
from chaos.players import Duel, Player
from chaos.viewer import Arrival, Viewer
from conformance.duel_log import violations
from conformance.sequence import compare
from qader_sse.domain.events import challenge_topic
from qader_sse.domain.presenters import Viewer as Perspective
from qader_sse.domain.presenters import message

# Requests that began this long before a fault may still have been under way when it began.
_UNDER_WAY_SECONDS = 10.0
# How the service refuses what waited too long for a lock or a connection. On a machine that is too
# slow for what runs on it, that happens without any fault.
_BUSY = "503 The service is busy."
_MAX_PROBLEMS_LISTED = 3
# Where commits were lost, each of the four workers may find that out by itself, and raise the
# numbers. Mostly one does. More than once costs nothing but numbers: places from before are below.
_MOST_LEAPS = 4


def count(
    duels: Sequence[Duel], database: Database, fault: Fault, began_at: float, outcome: Outcome
) -> None:
    """Add these duels to the outcome; the fault began at this time of the wall clock."""
    for duel in duels:
        for player in duel.players:
            _count_failures(player, fault, began_at, outcome)
        if not duel.viewers:
            outcome.stuck += 1
            continue
        recorded = database.duel(duel.viewers[0].challenge_id)
        outcome.stuck += recorded.status != "completed"
        most_leaps = _MOST_LEAPS if fault.loses_commits else 0
        if recorded.leaps(duel.viewers[0].stream.began_after) > most_leaps:
            outcome.problems.append(f"the log of {recorded.log[0].event.topic} has holes")
        for player, viewer in zip(duel.players, duel.viewers, strict=True):
            _count_messages(viewer, recorded, fault, outcome)
            _check_answers(player, recorded, outcome)


def _count_failures(player: Player, fault: Fault, began_at: float, outcome: Outcome) -> None:
    for failure in player.failures:
        after = failure.began_at - began_at
        is_excused = fault.excuses_rest and after >= -_UNDER_WAY_SECONDS
        if failure.is_deferral and (is_excused or failure.text.startswith(_BUSY)):
            outcome.deferred += 1
        else:
            outcome.failed += 1
            outcome.problems.append(f"REST failed {after:+.1f} s after the fault: {failure.text}")


def _count_messages(viewer: Viewer, recorded: RecordedDuel, fault: Fault, outcome: Outcome) -> None:
    topic = challenge_topic(viewer.challenge_id)
    perspective = Perspective(viewer.user_id, "en")
    replaced = _replaced(viewer, fault, outcome)
    log = [entry for entry in recorded.log if not any(entry.event.seq in r for r in replaced)]
    expected = [_key(viewer, entry.event.seq, message(entry.event, perspective)) for entry in log]
    arrivals = [a for a in viewer.arrivals if not a.message.is_reset]
    if fault.loses_commits:
        arrivals = _without_undone(viewer, arrivals, set(expected), outcome)
    received = [_key(viewer, a.message.seq, a.message.content) for a in arrivals]
    diff = compare(expected, received)
    outcome.expected += len(expected)
    outcome.delivered += len(expected) - diff.lost
    outcome.lost += diff.lost
    outcome.doubled += diff.doubled
    outcome.disordered += diff.disordered
    outcome.endings += viewer.endings
    for arrival, position in zip(arrivals, diff.positions, strict=True):
        if position is not None:
            delay = arrival.at - log[position].at
            name = f"{topic} {arrival.message.seq} to user {viewer.user_id}"
            outcome.slowest = max(outcome.slowest, (delay, name))
    found = list(viewer.problems)
    if not replaced:  # the contract's rules for a whole duel suppose that nothing was replaced
        received_log = [(a.message.seq, a.message.content) for a in arrivals]
        found += violations(received_log, viewer.user_id)
    outcome.problems += [f"{topic}: {problem}" for problem in found[:_MAX_PROBLEMS_LISTED]]


def _replaced(viewer: Viewer, fault: Fault, outcome: Outcome) -> list[range]:
    """Return the numbers for which each reset sent a snapshot instead."""
    pairs = pairwise([viewer.stream.began_after, *(a.message.seq for a in viewer.arrivals)])
    found = [
        range(before + 1, arrival.message.seq + 1)
        for arrival, (before, _) in zip(viewer.arrivals, pairs, strict=True)
        if arrival.message.is_reset
    ]
    outcome.resets += len(found)
    outcome.replaced += sum(map(len, found)) if not fault.loses_commits else 0
    if found and not fault.resets:
        outcome.problems.append(f"user {viewer.user_id} got {len(found)} resets")
    return found


def _without_undone(
    viewer: Viewer, arrivals: list[Arrival], expected: set[Hashable], outcome: Outcome
) -> list[Arrival]:
    """Leave out the messages of lost commits, but only those that a reset has followed."""
    resets = [a.at for a in viewer.arrivals if a.message.is_reset]
    whole = [
        a
        for a in arrivals
        if _key(viewer, a.message.seq, a.message.content) in expected
        or not any(a.at <= at for at in resets)
    ]
    outcome.undone += len(arrivals) - len(whole)
    return whole


def _key(viewer: Viewer, seq: int, content: object) -> Hashable:
    """Return what identifies a message; its number only where the server sent one."""
    return seq if viewer.stream.is_numbered else None, json.dumps(content, sort_keys=True)


def _check_answers(player: Player, recorded: RecordedDuel, outcome: Outcome) -> None:
    for question_id, choice in player.answers.items():
        stored = recorded.answers.get((player.api.user_id, question_id))
        if stored != choice:
            outcome.problems.append(f"{player.name} answered {choice}, the database has {stored}")
