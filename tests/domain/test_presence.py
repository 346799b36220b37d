"""Who is online, as a challenge tells it: the rule, and the events that follow from it."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from qader_sse.domain import presence, rules
from qader_sse.domain.challenge import FINAL, PENDING, Challenge
from qader_sse.domain.events import Event, changes
from qader_sse.domain.facts import detail_fact
from qader_sse.domain.payloads import Status
from qader_sse.domain.presence import MAX_ABSENCES, acted_within
from qader_sse.domain.presenters import Viewer, payload
from tests.support.challenges import (
    CHALLENGER,
    DUE_AT,
    LIMITS,
    NOW,
    OPPONENT,
    TOPIC,
    answer,
    make_challenge,
    player,
)

BOTH = (CHALLENGER, OPPONENT)


def see(challenge: Challenge, online: Collection[int], now: datetime) -> Challenge:
    """Note that only these are online."""
    for user_id in BOTH:
        challenge = presence.see(challenge, user_id, now, is_online=user_id in online)
    return challenge


def online(challenge: Challenge) -> list[bool]:
    """Return who is online as clients are told, the challenger first."""
    return [attempt["is_online"] for attempt in detail_fact(challenge, NOW)["attempts"]]


@pytest.mark.parametrize("status", ["accepted", "ongoing"])
def test_who_goes_and_who_comes_back_is_told_once(status: Status) -> None:
    both = see(make_challenge(status=status), BOTH, NOW)
    one = see(both, [CHALLENGER], NOW)
    assert (online(both), online(one)) == ([True, True], [True, False])
    (update,) = changes(both, one, NOW)
    assert (update.type, update.fact["userId"], update.fact["is_online"]) == (
        *("participant.update", OPPONENT),
        False,
    )
    assert changes(one, see(one, [CHALLENGER], NOW), NOW) == []
    (back,) = changes(one, see(one, BOTH, NOW), NOW)
    assert (back.fact["userId"], back.fact["is_online"]) == (OPPONENT, True)


@pytest.mark.claim("M30")
@pytest.mark.parametrize("status", [*PENDING, *FINAL])
def test_before_the_two_agree_and_after_the_end_nothing_is_told(status: Status) -> None:
    challenge = make_challenge(status=status)
    assert see(challenge, BOTH, NOW) == challenge
    was_online = replace(
        challenge, attempts=tuple(replace(a, is_online=True) for a in challenge.attempts)
    )
    assert not any(online(was_online))


def test_nothing_is_told_of_a_duel_whose_time_is_up() -> None:
    duel = see(make_challenge(status="ongoing"), BOTH, NOW)
    assert see(duel, [], DUE_AT) == duel
    assert see(duel, [], DUE_AT - timedelta(milliseconds=1)) != duel


def test_agreeing_is_told_by_the_whole_challenge_alone() -> None:
    invite = make_challenge(status="pending_invite")
    accepted = see(rules.accept(invite, OPPONENT, NOW, LIMITS), BOTH, NOW)
    types = [draft.type for draft in changes(invite, accepted, NOW) if draft.topic == TOPIC]
    assert types == ["challenge.update"]
    assert online(accepted) == [True, True]


def test_an_answer_tells_who_is_online_and_changes_nothing_of_it() -> None:
    duel = see(make_challenge(status="ongoing"), [OPPONENT], NOW)
    result, update = changes(duel, answered := answer(duel, OPPONENT), NOW)
    assert (result.type, update.fact["is_online"]) == ("answer.result", True)
    assert online(answered) == online(duel)


def test_the_last_update_before_the_end_does_not_say_that_somebody_went_away() -> None:
    duel = see(make_challenge(status="ongoing"), BOTH, NOW)
    for update in changes(duel, rules.leave(duel, CHALLENGER, NOW), NOW)[:-1]:
        assert (update.type, update.fact["is_online"]) == ("participant.update", True)


@pytest.mark.claim("M31")
def test_the_absences_that_one_challenge_tells_are_bounded() -> None:
    duel = see(make_challenge(status="ongoing"), BOTH, NOW)
    told = 0
    for _ in range(10 * MAX_ABSENCES):
        away = see(duel, [CHALLENGER], NOW)
        back = see(away, BOTH, NOW)
        told += len(changes(duel, away, NOW)) + len(changes(away, back, NOW))
        duel = back
    assert told == 2 * MAX_ABSENCES
    assert online(see(duel, [], NOW)) == [False, True]  # the other one's are counted apart


@pytest.mark.parametrize(("seconds", "acted"), [(9.9, {CHALLENGER, OPPONENT}), (10, {OPPONENT})])
def test_who_accepts_is_there_and_so_is_whoever_has_invited_just_now(
    seconds: float, acted: set[int]
) -> None:
    invite = make_challenge(status="pending_invite")
    now = NOW + timedelta(seconds=seconds)
    accepted = rules.accept(invite, OPPONENT, now, LIMITS)
    assert acted_within(accepted, 10, now) == acted


def test_whoever_is_matched_is_there() -> None:
    search = make_challenge(status="pending_matchmaking")
    matched = rules.match(search, player(OPPONENT), DUE_AT, LIMITS)
    assert acted_within(matched, 10, DUE_AT) == {OPPONENT}


def test_an_event_of_an_earlier_version_says_of_nobody_that_they_are_online() -> None:
    fact = detail_fact(make_challenge(status="ongoing"), NOW)
    for attempt in fact["attempts"]:
        del attempt["is_online"]
    viewer = Viewer(CHALLENGER, "en")
    whole = payload(Event(TOPIC, 1, "challenge.start", fact), viewer)
    update = payload(Event(TOPIC, 2, "participant.update", fact["attempts"][0]), viewer)
    assert [attempt["is_online"] for attempt in (*whole["attempts"], update)] == [False] * 3
