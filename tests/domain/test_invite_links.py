"""Joining an invite by link: a pending invite without an opponent."""

from dataclasses import replace
from datetime import timedelta

import pytest

from qader_sse.domain import invite_links, violations
from qader_sse.domain.challenge import Challenge, Player
from qader_sse.domain.events import changes, user_topic
from tests.support.challenges import CHALLENGER, DUE_AT, LIMITS, NAMES, NOW, make_challenge

GUEST = Player(id=77, username="huda", full_name="")


def open_invite() -> Challenge:
    return replace(make_challenge(status="pending_matchmaking"), status="pending_invite")


def test_who_joins_is_the_opponent_and_the_challenger_is_told() -> None:
    before = open_invite()
    joined = invite_links.join(before, GUEST, NOW, LIMITS)
    assert (joined.status, joined.accepted_at, joined.opponent) == ("accepted", NOW, GUEST)
    update, told = changes(before, joined, NOW)
    assert update.type == "challenge.update"
    assert (told.topic, told.type) == (
        user_topic(CHALLENGER),
        "challenge_accepted_notification",
    )
    assert told.fact == {"challenge_id": joined.id, "accepted_by": "huda"}


def test_it_is_no_match_and_whoever_invited_has_the_time_of_an_invite() -> None:
    """They may be away: in a minute they would have missed it, and be refused a search."""
    joined = invite_links.join(open_invite(), GUEST, NOW, LIMITS)
    assert not joined.is_match
    assert joined.due_at == NOW + timedelta(seconds=LIMITS.start_seconds)


def test_creating_an_open_invite_tells_nobody_but_its_own_topic() -> None:
    assert [draft.type for draft in changes(None, open_invite(), NOW)] == ["challenge.update"]


def test_joining_once_more_changes_nothing() -> None:
    joined = invite_links.join(open_invite(), GUEST, NOW, LIMITS)
    assert invite_links.join(joined, GUEST, NOW + timedelta(days=9), LIMITS) == joined


def test_nobody_joins_their_own_invite() -> None:
    own = Player(id=CHALLENGER, username=NAMES[CHALLENGER], full_name="")
    with pytest.raises(violations.LinkOfOneself):
        invite_links.join(open_invite(), own, NOW, LIMITS)


def test_the_second_one_is_told_that_another_was_quicker() -> None:
    joined = invite_links.join(open_invite(), GUEST, NOW, LIMITS)
    with pytest.raises(violations.LinkUsed):
        invite_links.join(joined, Player(id=78, username="layan", full_name=""), NOW, LIMITS)


def test_an_invite_to_somebody_cannot_be_joined_by_another_one() -> None:
    with pytest.raises(violations.LinkUsed):
        invite_links.join(make_challenge(status="pending_invite"), GUEST, NOW, LIMITS)


@pytest.mark.parametrize("status", ["pending_matchmaking", "cancelled", "expired"])
def test_what_is_no_open_invite_cannot_be_joined(status: str) -> None:
    other = replace(open_invite(), status=status)  # type: ignore[arg-type]
    with pytest.raises(violations.LinkNotValid):
        invite_links.join(other, GUEST, NOW, LIMITS)


def test_an_overdue_invite_cannot_be_joined() -> None:
    with pytest.raises(violations.LinkNotValid):
        invite_links.join(open_invite(), GUEST, DUE_AT, LIMITS)
