"""The events of a change: their order, their topics, and what their facts must not hold."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import get_args

import pytest

from qader_sse.domain import rules
from qader_sse.domain.challenge import Challenge
from qader_sse.domain.events import challenge_topic, changes, sessions_topic, user_of, user_topic
from qader_sse.domain.facts import detail_fact, iso
from qader_sse.domain.payloads import Choice, Status
from tests.support.challenges import (
    CHALLENGE_ID,
    CHALLENGER,
    DUE_AT,
    LIMITS,
    NAMES,
    NOW,
    OPPONENT,
    RIGHT,
    TIMED,
    TOPIC,
    WITHOUT_HINTS,
    WRONG,
    answer,
    make_challenge,
    player,
    ready,
    with_answer,
)

Step = Callable[[Challenge], Challenge]

SECRETS = ("method-1", "explanation-1")
TO_CHALLENGER, TO_OPPONENT = user_topic(CHALLENGER), user_topic(OPPONENT)


def topics_and_types(before: Challenge | None, after: Challenge) -> list[tuple[str, str]]:
    return [(draft.topic, draft.type) for draft in changes(before, after, NOW)]


def told_of(before: Challenge, step: Step) -> list[str]:
    """Return the types of the events in the topic of the challenge, in order."""
    return [kind for topic, kind in topics_and_types(before, step(before)) if topic == TOPIC]


def almost_completed() -> Challenge:
    """A challenge with all answers except the opponent's to question 2."""
    duel = make_challenge(status="ongoing")
    for user_id, question_id in ((CHALLENGER, 1), (CHALLENGER, 2), (OPPONENT, 1)):
        duel = answer(duel, user_id, question_id)
    return duel


@pytest.mark.claim("M3", "M5", "M12")
@pytest.mark.parametrize("choice", [RIGHT, WRONG])
def test_an_answer_causes_its_result_and_then_the_new_score(choice: Choice) -> None:
    before = make_challenge(status="ongoing")
    result, update = changes(before, answer(before, CHALLENGER, 1, choice), NOW)
    assert (result.type, update.type) == ("answer.result", "participant.update")
    assert result.fact["is_correct"] is (choice == RIGHT)
    assert result.fact["user_id"] == update.fact["userId"] == CHALLENGER
    assert result.fact["current_score"] == update.fact["score"] == int(choice == RIGHT)


@pytest.mark.claim("M6", "M13")
def test_the_events_of_the_last_answer_come_before_the_end() -> None:
    burst = told_of(almost_completed(), lambda c: answer(c, OPPONENT, 2))
    assert burst == ["answer.result", "participant.update", "challenge.end"]


def test_the_update_of_the_participant_who_finishes_first_has_an_end_time() -> None:
    before = answer(make_challenge(status="ongoing"), CHALLENGER, 1)
    _, update = changes(before, answer(before, CHALLENGER, 2), NOW)
    assert update.fact["end_time"] == "2026-01-01T12:00:00.000Z"


@pytest.mark.claim("M3", "M6")
def test_when_time_is_up_both_updates_come_before_the_end() -> None:
    ongoing = make_challenge(status="ongoing")
    burst = told_of(ongoing, lambda c: rules.expire(c, DUE_AT))
    assert burst == ["participant.update", "participant.update", "challenge.end"]


def test_when_time_is_up_only_participants_who_had_not_finished_are_updated() -> None:
    duel = answer(answer(make_challenge(status="ongoing"), CHALLENGER, 1), CHALLENGER, 2)
    update, _ = changes(duel, rules.expire(duel, DUE_AT), NOW)
    assert update.fact["userId"] == OPPONENT


@pytest.mark.claim("M3", "M4", "M13")
def test_the_event_of_getting_ready_comes_before_the_start() -> None:
    accepted = make_challenge(status="accepted")
    assert told_of(accepted, lambda c: ready(c, CHALLENGER)) == ["participant.update"]
    one_ready = ready(accepted, CHALLENGER)
    update, start = changes(one_ready, ready(one_ready, OPPONENT), NOW)
    assert (update.type, start.type) == ("participant.update", "challenge.start")
    assert (update.fact["userId"], update.fact["is_ready"]) == (OPPONENT, True)


@pytest.mark.claim("M2", "M9", "M25")
@pytest.mark.parametrize(
    ("before", "step", "expected"),
    [
        pytest.param(
            make_challenge(status="pending_invite"),
            lambda c: rules.accept(c, OPPONENT, NOW, LIMITS),
            [(TOPIC, "challenge.update"), (TO_CHALLENGER, "challenge_accepted_notification")],
            id="accepted",
        ),
        pytest.param(
            make_challenge(status="pending_matchmaking"),
            lambda c: rules.match(c, player(OPPONENT), NOW, LIMITS),
            [(TOPIC, "challenge.update"), (TO_CHALLENGER, "challenge_accepted_notification")],
            id="matched",
        ),
        pytest.param(
            make_challenge(status="pending_invite"),
            lambda c: rules.decline(c, OPPONENT, NOW),
            [(TOPIC, "challenge.update"), (TO_CHALLENGER, "challenge_declined_notification")],
            id="declined",
        ),
        pytest.param(
            make_challenge(status="pending_invite"),
            lambda c: rules.cancel(c, CHALLENGER, NOW),
            [(TOPIC, "challenge.update"), (TO_OPPONENT, "challenge_cancelled_notification")],
            id="invite cancelled",
        ),
        pytest.param(
            make_challenge(status="pending_matchmaking"),
            lambda c: rules.cancel(c, CHALLENGER, NOW),
            [(TOPIC, "challenge.update")],
            id="search cancelled",
        ),
        *(
            pytest.param(
                make_challenge(status=status),
                lambda c: rules.expire(c, DUE_AT),
                [(TOPIC, "challenge.update")],
                id=f"{status} expired",
            )
            for status in ("pending_invite", "pending_matchmaking", "accepted")
        ),
    ],
)
def test_a_new_status_is_an_event_of_the_challenge_and_of_the_users_concerned(
    before: Challenge, step: Step, expected: list[tuple[str, str]]
) -> None:
    assert topics_and_types(before, step(before)) == expected


@pytest.mark.claim("M8")
@pytest.mark.parametrize("ready_already", [[], [CHALLENGER]], ids=["invite", "rematch"])
def test_a_new_invite_is_an_event_for_the_opponent(ready_already: list[int]) -> None:
    invite = make_challenge(status="pending_invite", ready=ready_already)
    assert topics_and_types(None, invite) == [
        (TOPIC, "challenge.update"),
        (TO_OPPONENT, "new_challenge_invite"),
    ]


def test_a_new_search_is_an_event_for_no_other_user() -> None:
    assert topics_and_types(None, make_challenge(status="pending_matchmaking")) == [
        (TOPIC, "challenge.update")
    ]


@pytest.mark.claim("M9", "M10", "M11")
@pytest.mark.parametrize(
    ("step", "fact"),
    [
        (lambda c: rules.accept(c, OPPONENT, NOW, LIMITS), {"accepted_by": NAMES[OPPONENT]}),
        (lambda c: rules.decline(c, OPPONENT, NOW), {"declined_by": NAMES[OPPONENT]}),
        (lambda c: rules.cancel(c, CHALLENGER, NOW), {"cancelled_by": NAMES[CHALLENGER]}),
    ],
)
def test_a_notification_names_the_challenge_and_who_acted(step: Step, fact: dict[str, str]) -> None:
    before = make_challenge(status="pending_invite")
    notification = changes(before, step(before), NOW)[-1]
    assert notification.fact == {"challenge_id": CHALLENGE_ID, **fact}


@pytest.mark.parametrize("status", get_args(Status))
def test_no_change_causes_no_event(status: Status) -> None:
    challenge = make_challenge(status=status)
    assert changes(challenge, replace(challenge), NOW) == []


@pytest.mark.claim("M4", "M18", "M32")
@pytest.mark.parametrize("status", get_args(Status))
@pytest.mark.parametrize("kind", [TIMED, WITHOUT_HINTS])
def test_a_fact_holds_only_what_its_status_allows(status: Status, kind: str) -> None:
    challenge = make_challenge(status=status, kind=kind)
    told_text = json.dumps(detail_fact(challenge, NOW))
    shows_questions, is_over = status in ("ongoing", "completed"), status == "completed"
    assert ("text-1" in told_text) is shows_questions
    assert [secret in told_text for secret in SECRETS] == [is_over, is_over]
    assert (f'"correct_answer": "{RIGHT}"' in told_text) is is_over
    assert ("hint-1" in told_text) is (is_over or (shows_questions and kind == TIMED))


@pytest.mark.claim("M17")
@pytest.mark.parametrize(
    "status", [s for s in get_args(Status) if s not in ("ongoing", "completed")]
)
def test_questions_are_an_empty_list_before_the_start(status: Status) -> None:
    assert detail_fact(make_challenge(status=status), NOW)["questions"] == []


def test_the_other_choice_is_visible_only_after_answering_the_same_question() -> None:
    def visible_to(before: Challenge, user_id: int) -> object:
        return changes(before, answer(before, user_id, 1), NOW)[0].fact[
            "selected_answer_visible_to"
        ]

    unanswered = make_challenge(status="ongoing")
    assert visible_to(unanswered, CHALLENGER) == [CHALLENGER]
    other_question = with_answer(unanswered, OPPONENT, 2, RIGHT)
    assert visible_to(other_question, CHALLENGER) == [CHALLENGER]
    same_question = with_answer(unanswered, OPPONENT, 1, WRONG)
    assert visible_to(same_question, CHALLENGER) == [CHALLENGER, OPPONENT]


@pytest.mark.claim("M23")
def test_times_are_written_in_utc_to_the_millisecond() -> None:
    riyadh = timezone(timedelta(hours=3))
    moment = datetime(2026, 1, 1, 2, 30, 0, 1_999, tzinfo=riyadh)
    assert iso(moment) == "2025-12-31T23:30:00.001Z"


def test_whose_topic_it_is_follows_from_the_name_of_a_users_topic_alone() -> None:
    assert user_of(user_topic(7)) == 7
    others = (challenge_topic(7), sessions_topic(), "7", "user:", "user:²", "user:x", "retire")
    assert [user_of(topic) for topic in others] == [None] * len(others)
