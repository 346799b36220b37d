"""Leaving a duel, and how a duel has ended."""

from datetime import timedelta

import pytest

from qader_sse.domain import rules
from qader_sse.domain.events import changes, user_topic
from tests.support.challenges import (
    CHALLENGER,
    DUE_AT,
    NAMES,
    NOW,
    OPPONENT,
    RIGHT,
    TOPIC,
    WRONG,
    answer,
    make_challenge,
)

BOTH = pytest.mark.parametrize(
    ("leaver", "other"), [(CHALLENGER, OPPONENT), (OPPONENT, CHALLENGER)]
)


@BOTH
def test_leaving_a_running_duel_completes_it_and_the_other_one_has_won(
    leaver: int, other: int
) -> None:
    ahead = answer(make_challenge(status="ongoing"), leaver, 1, RIGHT)
    left = rules.leave(ahead, leaver, NOW)
    assert (left.status, left.end_reason, left.winner_id) == ("completed", "left", other)
    assert (left.completed_at, left.due_at) == (NOW, None)
    assert [attempt.end_time for attempt in left.attempts] == [NOW, NOW]
    first, second, end = changes(ahead, left, NOW)
    assert [first.type, second.type, end.type] == 2 * ["participant.update"] + ["challenge.end"]
    assert end.fact["end_reason"] == "left"
    assert end.fact["winner"]["id"] == other


@BOTH
def test_leaving_before_the_start_cancels_the_duel_and_tells_the_other_one(
    leaver: int, other: int
) -> None:
    accepted = make_challenge(status="accepted", ready=[leaver])
    left = rules.leave(accepted, leaver, NOW)
    assert (left.status, left.end_reason, left.winner_id) == ("cancelled", None, None)
    update, told = changes(accepted, left, NOW)
    assert (update.topic, update.type) == (TOPIC, "challenge.update")
    assert (told.topic, told.type) == (user_topic(other), "challenge_cancelled_notification")
    assert told.fact == {"challenge_id": left.id, "cancelled_by": NAMES[leaver]}


@pytest.mark.parametrize("status", ["accepted", "ongoing"])
@pytest.mark.parametrize("second", [OPPONENT, CHALLENGER])
def test_leaving_once_more_or_after_the_other_one_changes_nothing(status: str, second: int) -> None:
    left = rules.leave(make_challenge(status=status), OPPONENT, NOW)  # type: ignore[arg-type]
    assert rules.leave(left, second, NOW + timedelta(days=1)) == left


@pytest.mark.parametrize("status", ["accepted", "ongoing"])
def test_what_is_left_after_its_time_is_left_to_end_by_its_time(status: str) -> None:
    overdue = make_challenge(status=status)  # type: ignore[arg-type]
    assert rules.leave(overdue, CHALLENGER, DUE_AT) == overdue


def test_the_reason_tells_answers_from_time() -> None:
    duel = make_challenge(status="ongoing", num_questions=1)
    assert duel.end_reason is None
    one = answer(duel, CHALLENGER, 1, RIGHT)
    assert rules.expire(one, DUE_AT).end_reason == "time"
    assert answer(one, OPPONENT, 1, WRONG).end_reason == "answered"
