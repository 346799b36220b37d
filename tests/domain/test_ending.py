"""Ending a challenge before its time: an end like any other, which clients know already."""

from datetime import timedelta

import pytest

from qader_sse.domain import early_end
from qader_sse.domain.challenge import FINAL
from qader_sse.domain.events import changes
from qader_sse.domain.payloads import Status
from qader_sse.domain.violations import AlreadyOver
from tests.support.challenges import (
    CHALLENGER,
    DUE_AT,
    NOW,
    RIGHT,
    TOPIC,
    answer,
    make_challenge,
)


@pytest.mark.parametrize("status", ["pending_invite", "pending_matchmaking", "accepted"])
def test_what_has_not_begun_expires_and_nobody_is_said_to_have_ended_it(status: Status) -> None:
    before = make_challenge(status=status)
    ended = early_end.end(before, NOW)
    assert (ended.status, ended.due_at) == ("expired", None)
    (event,) = changes(before, ended, NOW)
    assert (event.topic, event.type, event.fact["status"]) == (TOPIC, "challenge.update", "expired")


def test_a_running_duel_is_completed_with_what_was_answered() -> None:
    ahead = answer(make_challenge(status="ongoing"), CHALLENGER, 1, RIGHT)
    ended = early_end.end(ahead, NOW + timedelta(seconds=1))
    assert (ended.status, ended.end_reason, ended.winner_id) == ("completed", "time", CHALLENGER)
    assert (ended.completed_at, ended.due_at) == (NOW + timedelta(seconds=1), None)
    assert [event.type for event in changes(ahead, ended, NOW)] == [
        *2 * ["participant.update"],
        "challenge.end",
    ]


def test_what_is_overdue_ends_at_its_own_deadline() -> None:
    ended = early_end.end(make_challenge(status="ongoing"), DUE_AT + timedelta(seconds=5))
    assert ended.completed_at == DUE_AT


def test_a_duel_never_ends_before_it_last_changed() -> None:
    ahead = answer(make_challenge(status="ongoing"), CHALLENGER, 1, RIGHT, NOW)
    ended = early_end.end(ahead, NOW - timedelta(seconds=3))
    assert ended.completed_at == NOW


@pytest.mark.parametrize("status", FINAL)
def test_what_is_over_stays_as_it_is(status: Status) -> None:
    with pytest.raises(AlreadyOver):
        early_end.end(make_challenge(status=status), NOW)
