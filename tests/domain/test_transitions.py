"""The transition table: the outcome of each action in every status, for every role, and overdue."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import get_args

import pytest

from qader_sse.domain import rules, violations
from qader_sse.domain.challenge import FINAL, Challenge
from qader_sse.domain.payloads import Status
from tests.support.challenges import (
    CHALLENGER,
    DUE_AT,
    LIMITS,
    NOW,
    OPPONENT,
    STRANGER,
    answer,
    make_challenge,
    ready,
)

Act = Callable[[Challenge, int, datetime], Challenge]
Outcome = Status | type[violations.RuleViolation]

ACTIONS: dict[str, Act] = {
    "accept": lambda c, user_id, now: rules.accept(c, user_id, now, LIMITS),
    "decline": rules.decline,
    "cancel": rules.cancel,
    "leave": rules.leave,
    "ready": ready,
    "answer": lambda c, user_id, now: answer(c, user_id, now=now),
}
STATUSES: tuple[Status, ...] = get_args(Status)
JUST_IN_TIME = DUE_AT - timedelta(milliseconds=1)

# For each action and status: the outcome for the challenger, then for the opponent.
TABLE: dict[str, dict[Status, tuple[Outcome, Outcome]]] = {
    "accept": {
        **dict.fromkeys(STATUSES, (violations.OnlyTheOpponent, violations.CannotAccept)),
        **{s: (violations.OnlyTheOpponent, s) for s in ("accepted", "ongoing", "completed")},
        "pending_invite": (violations.OnlyTheOpponent, "accepted"),
        "pending_matchmaking": (violations.OnlyTheOpponent, violations.ChallengeNotFound),
    },
    "decline": {
        **dict.fromkeys(STATUSES, (violations.OnlyTheOpponent, violations.CannotDecline)),
        "pending_invite": (violations.OnlyTheOpponent, "declined"),
        "declined": (violations.OnlyTheOpponent, "declined"),
        "pending_matchmaking": (violations.OnlyTheOpponent, violations.ChallengeNotFound),
    },
    "cancel": {
        **dict.fromkeys(STATUSES, (violations.CannotCancel, violations.OnlyTheChallenger)),
        "pending_invite": ("cancelled", violations.OnlyTheChallenger),
        "cancelled": ("cancelled", violations.OnlyTheChallenger),
        "pending_matchmaking": ("cancelled", violations.ChallengeNotFound),
    },
    "leave": {
        **dict.fromkeys(STATUSES, (violations.CannotLeave, violations.CannotLeave)),
        "pending_matchmaking": (violations.CannotLeave, violations.ChallengeNotFound),
        "accepted": ("cancelled", "cancelled"),
        "ongoing": ("completed", "completed"),
        "completed": ("completed", "completed"),
        "expired": ("expired", "expired"),
    },
    "ready": {
        **dict.fromkeys(STATUSES, (violations.CannotBeReady, violations.CannotBeReady)),
        "pending_invite": ("pending_invite", violations.AcceptFirst),
        "pending_matchmaking": ("pending_matchmaking", violations.ChallengeNotFound),
        "accepted": ("accepted", "accepted"),
        "ongoing": ("ongoing", "ongoing"),
    },
    "answer": {
        **dict.fromkeys(STATUSES, (violations.AlreadyOver, violations.AlreadyOver)),
        "pending_invite": (violations.NotStarted, violations.NotStarted),
        "pending_matchmaking": (violations.NotStarted, violations.ChallengeNotFound),
        "accepted": (violations.NotStarted, violations.NotStarted),
        "ongoing": ("ongoing", "ongoing"),
    },
}
CASES = [
    pytest.param(action, status, user_id, outcome, id=f"{action}-{status}-{role}")
    for action in ACTIONS
    for status in STATUSES
    for role, user_id, outcome in (
        ("challenger", CHALLENGER, TABLE[action][status][0]),
        ("opponent", OPPONENT, TABLE[action][status][1]),
        ("stranger", STRANGER, violations.ChallengeNotFound),
    )
]
ALLOWED = [case for case in CASES if isinstance(case.values[3], str)]
REFUSED = [case for case in CASES if not isinstance(case.values[3], str)]


@pytest.mark.parametrize(("action", "status", "user_id", "outcome"), ALLOWED)
def test_an_allowed_action_leads_to_the_status_in_the_table(
    action: str, status: Status, user_id: int, outcome: Status
) -> None:
    after = ACTIONS[action](make_challenge(status=status), user_id, NOW)
    assert after.status == outcome
    assert (after.due_at is None) == (outcome in FINAL)


@pytest.mark.parametrize(("action", "status", "user_id", "violation"), REFUSED)
def test_a_forbidden_action_is_refused_as_the_table_says(
    action: str, status: Status, user_id: int, violation: type[violations.RuleViolation]
) -> None:
    with pytest.raises(violations.RuleViolation) as refused:
        ACTIONS[action](make_challenge(status=status), user_id, NOW)
    assert type(refused.value) is violation
    if isinstance(refused.value, violations.StatusForbids):
        assert refused.value.status == status


# What has been done already changes nothing when it is sent again, at whatever time.
REPEATED = [
    ("accept", "accepted"),
    ("accept", "ongoing"),
    ("accept", "completed"),
    ("decline", "declined"),
    ("cancel", "cancelled"),
    ("leave", "completed"),
    ("leave", "expired"),
    ("ready", "ongoing"),
]


@pytest.mark.parametrize(("action", "status"), REPEATED)
@pytest.mark.parametrize("now", [NOW, DUE_AT, DUE_AT + timedelta(days=1)])
def test_an_action_that_is_repeated_changes_nothing(
    action: str, status: Status, now: datetime
) -> None:
    challenge = make_challenge(status=status)
    user_id = CHALLENGER if action == "cancel" else OPPONENT
    assert ACTIONS[action](challenge, user_id, now) == challenge


OVERDUE = [
    pytest.param(action, status, user_id, id=f"{action}-{status}-{user_id}")
    for action, status, user_id, _ in (case.values for case in ALLOWED)
    if (action, status) not in REPEATED and action != "leave"
]


@pytest.mark.parametrize(("action", "status", "user_id"), OVERDUE)
def test_an_allowed_action_is_refused_from_its_deadline_on(
    action: str, status: Status, user_id: int
) -> None:
    challenge = make_challenge(status=status)
    violation = violations.TimeIsUp if action == "answer" else violations.Expired
    ACTIONS[action](challenge, user_id, JUST_IN_TIME)
    with pytest.raises(violation):
        ACTIONS[action](challenge, user_id, DUE_AT)
