"""What the rules do to a challenge: readiness, scores, the winner, and the end of its time."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import get_args

import pytest

from qader_sse.domain import rules, violations
from qader_sse.domain.challenge import FINAL, Answer
from qader_sse.domain.events import changes
from qader_sse.domain.payloads import Status
from tests.support.challenges import (
    CHALLENGER,
    DUE_AT,
    LIMITS,
    NOW,
    OPPONENT,
    RIGHT,
    UNTIMED,
    WRONG,
    answer,
    make_challenge,
    player,
    ready,
    with_answer,
)

STATUSES: tuple[Status, ...] = get_args(Status)
JUST_IN_TIME = DUE_AT - timedelta(milliseconds=1)


@pytest.mark.parametrize("user_id", [CHALLENGER, OPPONENT])
def test_ready_in_a_running_challenge_changes_nothing_even_after_its_deadline(user_id: int) -> None:
    ongoing = make_challenge(status="ongoing")
    assert ready(ongoing, user_id, NOW) == ready(ongoing, user_id, DUE_AT) == ongoing


def test_accepting_starts_the_time_to_get_ready_and_keeps_the_ready_ready() -> None:
    invite = ready(make_challenge(status="pending_invite"), CHALLENGER)
    accepted = rules.accept(invite, OPPONENT, NOW, LIMITS)
    assert accepted.accepted_at == NOW
    assert accepted.due_at == NOW + timedelta(seconds=LIMITS.start_seconds)
    assert [a.is_ready for a in accepted.attempts] == [True, False]


def test_a_match_makes_the_seeker_the_opponent_and_keeps_the_challenger_ready() -> None:
    waiting = ready(make_challenge(status="pending_matchmaking"), CHALLENGER)
    matched = rules.match(waiting, player(OPPONENT), NOW, LIMITS)
    assert (matched.status, matched.accepted_at, matched.is_match) == ("accepted", NOW, True)
    assert matched.due_at == NOW + timedelta(seconds=LIMITS.match_seconds)
    attempts = [(a.id, a.player.id, a.is_ready) for a in matched.attempts]
    assert attempts == [(14, CHALLENGER, True), (15, OPPONENT, False)]
    assert ready(matched, OPPONENT).status == "ongoing"


@pytest.mark.parametrize(("first", "second"), [(CHALLENGER, OPPONENT), (OPPONENT, CHALLENGER)])
def test_the_challenge_starts_when_the_second_participant_is_ready(first: int, second: int) -> None:
    one_ready = ready(make_challenge(status="accepted"), first)
    assert one_ready.status == "accepted"
    assert ready(one_ready, first) == one_ready

    later = NOW + timedelta(seconds=10)
    started = ready(one_ready, second, later)
    limit_seconds = started.kind.time_limit_seconds
    assert limit_seconds is not None
    assert (started.status, started.started_at) == ("ongoing", later)
    assert [a.start_time for a in started.attempts] == [later, later]
    first_question_at = later + timedelta(seconds=LIMITS.start_countdown_seconds)
    assert started.first_question_at == first_question_at
    deadline_at = first_question_at + timedelta(seconds=limit_seconds)
    assert started.deadline_at == started.due_at == deadline_at
    assert ready(started, second, later + timedelta(seconds=1)) == started


@pytest.mark.claim("M24")
def test_without_a_time_limit_there_is_no_deadline_and_each_answer_extends_the_idle_limit() -> None:
    idle, later = timedelta(seconds=LIMITS.idle_seconds), NOW + timedelta(seconds=100)
    started = ready(make_challenge(status="accepted", kind=UNTIMED, ready=[CHALLENGER]), OPPONENT)
    assert (started.deadline_at, started.due_at) == (None, NOW + idle)
    answered = answer(started, CHALLENGER, now=later)
    assert (answered.deadline_at, answered.due_at) == (None, later + idle)


@pytest.mark.claim("R20")
def test_without_a_time_limit_the_second_one_has_one_when_the_first_has_answered_everything() -> (
    None
):
    duel = make_challenge(status="ongoing", kind=UNTIMED, num_questions=2)
    before = answer(duel, CHALLENGER, 1)
    after = answer(before, CHALLENGER, 2)
    end = NOW + timedelta(seconds=LIMITS.second_player_seconds)
    assert after.deadline_at == after.due_at == end
    assert [event.type for event in changes(before, after, NOW)] == [
        "answer.result",
        "participant.update",
        "challenge.update",
    ]
    later = answer(after, OPPONENT, 1, now=NOW + timedelta(seconds=1))
    assert (later.deadline_at, later.due_at) == (end, end)
    assert rules.expire(later, end).end_reason == "time"
    assert answer(later, OPPONENT, 2).end_reason == "answered"


def test_the_time_of_a_duel_begins_when_it_starts_not_when_the_second_one_asked() -> None:
    one_ready = ready(make_challenge(status="accepted"), CHALLENGER)
    later = NOW + timedelta(seconds=2)
    started = rules.ready(one_ready, OPPONENT, NOW, LIMITS, starts_at=later)
    assert started.started_at == later
    assert [a.start_time for a in started.attempts] == [later, later]
    asked_in_time = rules.ready(one_ready, OPPONENT, JUST_IN_TIME, LIMITS, starts_at=DUE_AT)
    assert asked_in_time.status == "ongoing"
    with pytest.raises(violations.Expired):
        rules.ready(one_ready, OPPONENT, DUE_AT, LIMITS, starts_at=DUE_AT)


def test_what_a_busy_worker_comes_to_late_is_recorded_after_all_before_it() -> None:
    later = NOW + timedelta(seconds=2)
    accepted = rules.accept(make_challenge(status="pending_invite"), OPPONENT, later, LIMITS)
    overtaken = ready(ready(accepted, OPPONENT, later), CHALLENGER, NOW)
    assert (overtaken.accepted_at, overtaken.started_at) == (later, later)
    duel = make_challenge(status="ongoing", num_questions=1)
    last = answer(answer(duel, OPPONENT, now=later), CHALLENGER, now=NOW)
    assert [given.answered_at for given in last.answers] == [later, later]
    assert last.completed_at == later
    left = rules.leave(answer(duel, OPPONENT, now=later), CHALLENGER, NOW)
    assert left.completed_at == later
    too_early = replace(duel, started_at=later)
    assert answer(too_early, CHALLENGER, now=NOW).answers[0].answered_at == later
    with pytest.raises(violations.TimeIsUp):
        answer(answer(duel, OPPONENT, now=JUST_IN_TIME), CHALLENGER, now=DUE_AT)


@pytest.mark.claim("M24")
def test_no_answer_moves_the_deadline_of_a_timed_duel() -> None:
    answered = answer(make_challenge(status="ongoing"), CHALLENGER, now=JUST_IN_TIME)
    assert answered.deadline_at == answered.due_at == DUE_AT


def test_a_right_answer_scores_and_a_wrong_one_does_not() -> None:
    one = rules.answer(make_challenge(status="ongoing"), CHALLENGER, 1, RIGHT, 12.5, NOW, LIMITS)
    both = answer(one, OPPONENT, 1, WRONG)
    assert [a.score for a in both.attempts] == [1, 0]
    assert both.answers == (
        Answer(CHALLENGER, 1, RIGHT, True, 12.5, NOW),
        Answer(OPPONENT, 1, WRONG, False, None, NOW),
    )


@pytest.mark.parametrize("choice", [RIGHT, WRONG])
@pytest.mark.parametrize("status", ["ongoing", "completed"])
@pytest.mark.parametrize("now", [NOW, DUE_AT + timedelta(days=1)])
def test_the_first_answer_counts_even_if_it_is_repeated_after_the_end(
    status: Status, choice: str, now: datetime
) -> None:
    answered = with_answer(make_challenge(status=status), CHALLENGER, 1, RIGHT)
    if choice == RIGHT:
        assert answer(answered, CHALLENGER, 1, RIGHT, now) == answered
    else:
        with pytest.raises(violations.AlreadyAnswered):
            answer(answered, CHALLENGER, 1, WRONG, now)


def test_a_question_of_another_challenge_is_refused() -> None:
    with pytest.raises(violations.UnknownQuestion):
        answer(make_challenge(status="ongoing", num_questions=2), CHALLENGER, 3)


def test_the_challenge_completes_when_both_have_answered_the_last_question() -> None:
    duel = make_challenge(status="ongoing")
    moments = [NOW + timedelta(seconds=n) for n in range(4)]
    duel = answer(duel, CHALLENGER, 2, RIGHT, moments[0])
    assert duel.attempts[0].end_time is None
    duel = answer(duel, CHALLENGER, 1, RIGHT, moments[1])
    assert [a.end_time for a in duel.attempts] == [moments[1], None]
    duel = answer(duel, OPPONENT, 1, RIGHT, moments[2])
    assert duel.status == "ongoing"
    duel = answer(duel, OPPONENT, 2, WRONG, moments[3])
    assert (duel.status, duel.completed_at, duel.due_at) == ("completed", moments[3], None)
    assert [a.end_time for a in duel.attempts] == [moments[1], moments[3]]


@pytest.mark.parametrize(
    ("right_answers", "winner_id"),
    [
        ((CHALLENGER,), CHALLENGER),
        ((OPPONENT,), OPPONENT),
        ((CHALLENGER, OPPONENT), None),
        ((), None),
    ],
)
@pytest.mark.parametrize("end", ["all answered", "time is up"])
def test_the_higher_score_wins_and_equal_scores_are_a_draw(
    right_answers: tuple[int, ...], winner_id: int | None, end: str
) -> None:
    duel = make_challenge(status="ongoing", num_questions=1 if end == "all answered" else 2)
    for user_id in (CHALLENGER, OPPONENT):
        duel = answer(duel, user_id, 1, RIGHT if user_id in right_answers else WRONG)
    completed = duel if end == "all answered" else rules.expire(duel, DUE_AT)
    assert (completed.status, completed.winner_id) == ("completed", winner_id)


@pytest.mark.parametrize("status", [s for s in STATUSES if s not in FINAL])
def test_only_an_overdue_challenge_expires(status: Status) -> None:
    challenge = make_challenge(status=status)
    assert rules.expire(challenge, JUST_IN_TIME) == challenge
    expired = rules.expire(challenge, DUE_AT)
    assert expired.status == ("completed" if status == "ongoing" else "expired")
    assert expired.due_at is None


@pytest.mark.parametrize("status", FINAL)
def test_a_challenge_that_is_over_never_expires(status: Status) -> None:
    challenge = make_challenge(status=status)
    assert rules.expire(challenge, DUE_AT + timedelta(days=365)) == challenge


def test_a_challenge_that_is_swept_late_ended_at_its_deadline() -> None:
    duel = answer(answer(make_challenge(status="ongoing"), CHALLENGER, 1), CHALLENGER, 2)
    completed = rules.expire(duel, DUE_AT + timedelta(hours=1))
    assert completed.completed_at == DUE_AT
    assert [a.end_time for a in completed.attempts] == [NOW, DUE_AT]
