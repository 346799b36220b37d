"""Matchmaking: the oldest search first, of a seeker who is online, and preferably a new opponent."""

from collections.abc import Callable

import pytest

from qader_sse.domain.challenge import Challenge
from qader_sse.domain.violations import StillPlaying
from qader_sse.service import Service
from qader_sse.store import accounts, challenges
from tests.support.clock import SettableClock
from tests.support.duel import add_users, play_to_the_end, started_duel

KIND = "quick_quant_10"
NAMES = ("alia", "badr", "dana", "faris")

Seek = Callable[..., Challenge]


@pytest.fixture
def ids(service: Service) -> dict[str, int]:
    return dict(zip(NAMES, add_users(service, *NAMES), strict=True))


@pytest.fixture
def seek(service: Service, ids: dict[str, int]) -> Seek:
    """Return a function that searches for an opponent as this user."""
    return lambda name, kind=KIND: service.challenges.seek(ids[name], kind, service.clock())


def players(challenge: Challenge) -> list[str]:
    return [attempt.player.username for attempt in challenge.attempts]


def status_of(service: Service, challenge: Challenge) -> str:
    with service.database.read_transaction() as connection:
        found = challenges.load(connection, challenge.id)
    assert found is not None
    return found.status


def finish(service: Service, challenge: Challenge) -> None:
    """Play a matched challenge to its end."""
    now = service.clock()
    for attempt in challenge.attempts:
        challenge = service.challenges.ready(challenge.id, attempt.player.id, now)
    play_to_the_end(service, challenge)


def test_the_search_that_waits_is_matched_with_the_next_seeker(seek: Seek) -> None:
    first, second = seek("alia"), seek("badr", "medium_verbal_15")
    assert (first.status, second.status) == ("pending_matchmaking", "pending_matchmaking")
    assert players(seek("dana")) == ["alia", "dana"]
    assert seek("faris").status == "pending_matchmaking"


def test_of_several_searches_the_oldest_is_matched(
    service: Service, seek: Seek, ids: dict[str, int]
) -> None:
    # Two searches wait at the same time, because one of their seekers has blocked the other.
    service.blocks.block(ids["alia"], "badr", service.clock())
    assert seek("alia").status == seek("badr").status == "pending_matchmaking"
    assert players(seek("dana")) == ["alia", "dana"]
    assert players(seek("faris")) == ["badr", "faris"]


@pytest.mark.claim("R17")
def test_the_same_search_again_is_the_one_that_is_open(seek: Seek) -> None:
    assert seek("alia") == seek("alia")


@pytest.mark.claim("R17")
def test_a_search_of_another_type_replaces_the_earlier_one(
    service: Service, seek: Seek, ids: dict[str, int]
) -> None:
    first, second = seek("alia"), seek("alia", "medium_verbal_15")
    assert (second.status, status_of(service, first)) == ("pending_matchmaking", "cancelled")
    assert seek("badr").status == "pending_matchmaking"
    assert players(seek("dana", "medium_verbal_15")) == ["alia", "dana"]


def test_two_searches_that_did_not_fit_at_first_meet_when_one_is_repeated(
    service: Service, seek: Seek, ids: dict[str, int], clock: SettableClock
) -> None:
    first = seek("alia")
    clock.advance(service.settings.seeker_away_seconds)
    second = seek("badr")
    assert seek("alia").id == second.id
    assert status_of(service, first) == "cancelled"


@pytest.mark.parametrize("way", ["accepts", "is accepted", "is matched", "invites back", "starts"])
@pytest.mark.claim("R17")
def test_whoever_gets_into_a_duel_has_no_open_search_left(
    service: Service, seek: Seek, ids: dict[str, int], way: str
) -> None:
    challenges, now, alia = service.challenges, service.clock(), ids["alia"]
    theirs, own = (challenges.invite(ids[name], KIND, "alia", now) for name in ("badr", "dana"))
    search = seek("alia")
    if way == "accepts":
        challenges.accept(theirs.id, alia, now)
    elif way == "is accepted":
        own = challenges.invite(alia, KIND, "faris", now)
        challenges.accept(own.id, ids["faris"], now)
    elif way == "is matched":
        seek("faris", "medium_verbal_15")
        seek("alia", "medium_verbal_15")
    elif way == "invites back":
        challenges.invite(alia, KIND, "badr", now)
    else:
        challenges.accept(theirs.id, alia, now)
        search = seek("alia")
        challenges.ready(theirs.id, alia, now)
        assert status_of(service, search) == "pending_matchmaking"
        challenges.ready(theirs.id, ids["badr"], now)
    assert status_of(service, search) == "cancelled"


@pytest.mark.claim("R17")
def test_whoever_plays_cannot_search_until_everything_is_answered(
    service: Service, seek: Seek, ids: dict[str, int]
) -> None:
    duel = started_duel(service, ids["alia"], "badr")
    with pytest.raises(StillPlaying):
        seek("alia")
    with pytest.raises(StillPlaying):
        seek("badr", "accuracy_challenge")
    for question in duel.questions:
        service.challenges.answer(duel.id, ids["alia"], question.id, "A", None, service.clock())
    assert players(seek("alia")) == ["alia"]
    assert players(seek("dana")) == ["alia", "dana"]


@pytest.mark.claim("R17")
def test_a_pending_invite_does_not_keep_two_apart(
    service: Service, seek: Seek, ids: dict[str, int]
) -> None:
    service.challenges.invite(ids["alia"], "medium_verbal_15", "badr", service.clock())
    seek("alia")
    assert players(seek("badr")) == ["alia", "badr"]


@pytest.mark.parametrize("who_seeks", ["challenger", "opponent"])
def test_users_who_have_agreed_on_a_challenge_with_each_other_are_not_matched(
    service: Service, seek: Seek, ids: dict[str, int], who_seeks: str
) -> None:
    invite = service.challenges.invite(ids["alia"], KIND, "badr", service.clock())
    service.challenges.accept(invite.id, ids["badr"], service.clock())
    waiting, seeking = ("alia", "badr") if who_seeks == "opponent" else ("badr", "alia")
    assert seek(waiting).status == "pending_matchmaking"
    assert seek(seeking).status == "pending_matchmaking"


@pytest.mark.parametrize("end", ["declined", "cancelled", "expired", "completed"])
def test_a_challenge_that_is_over_does_not_prevent_a_match(
    service: Service, seek: Seek, ids: dict[str, int], clock: SettableClock, end: str
) -> None:
    challenges = service.challenges
    invite = challenges.invite(ids["alia"], KIND, "badr", clock())
    if end == "declined":
        challenges.decline(invite.id, ids["badr"], clock())
    elif end == "cancelled":
        challenges.cancel(invite.id, ids["alia"], clock())
    elif end == "expired":
        clock.advance(service.settings.invite_seconds)
        service.sweeper.run_once()
    else:
        finish(service, challenges.accept(invite.id, ids["badr"], clock()))
    seek("alia")
    assert players(seek("badr")) == ["alia", "badr"]


@pytest.mark.parametrize("again", ["alia", "badr"])
def test_the_last_opponent_is_not_matched_again_if_another_waits(
    service: Service, seek: Seek, ids: dict[str, int], again: str
) -> None:
    """Whichever of the two users waits and whichever searches."""
    seek("alia")
    finish(service, seek("badr"))
    other = "badr" if again == "alia" else "alia"
    seek(again)
    # Both wait at the same time, because one has blocked the other.
    service.blocks.block(ids[again], "dana", service.clock())
    assert seek("dana").status == "pending_matchmaking"
    assert players(seek(other)) == ["dana", other]


def test_the_last_opponent_is_matched_again_if_no_other_waits(service: Service, seek: Seek) -> None:
    seek("alia")
    finish(service, seek("badr"))
    seek("badr")
    assert players(seek("alia")) == ["badr", "alia"]


@pytest.mark.parametrize(("waiting", "seeking"), [("alia", "faris"), ("faris", "alia")])
def test_ones_last_opponent_comes_last_even_after_that_one_has_met_another(
    service: Service, seek: Seek, ids: dict[str, int], waiting: str, seeking: str
) -> None:
    for opponent in ("faris", "badr"):
        seek("alia")
        finish(service, seek(opponent))
    seek(waiting)
    service.blocks.block(ids[waiting], "dana", service.clock())
    assert seek("dana").status == "pending_matchmaking"
    assert players(seek(seeking)) == ["dana", seeking]


@pytest.mark.claim("R12")
def test_a_seeker_who_was_offline_for_too_long_is_skipped_until_online_again(
    service: Service, seek: Seek, ids: dict[str, int], clock: SettableClock
) -> None:
    waiting = seek("alia")
    clock.advance(service.settings.seeker_away_seconds)
    assert seek("badr").status == "pending_matchmaking"
    service.presence.record({ids["alia"], ids["dana"]}, {ids["alia"], ids["dana"]})
    assert seek("faris").id == waiting.id


def test_a_seeker_who_stays_online_can_be_matched(
    service: Service, seek: Seek, ids: dict[str, int], clock: SettableClock
) -> None:
    waiting = seek("alia")
    for _ in range(10):
        clock.advance(service.settings.seeker_away_seconds / 2)
        service.presence.record({ids["alia"]}, {ids["alia"]})
    assert seek("badr").id == waiting.id


def test_a_search_that_was_cancelled_or_matched_is_not_matched_again(
    service: Service, seek: Seek, ids: dict[str, int], clock: SettableClock
) -> None:
    service.challenges.cancel(seek("alia").id, ids["alia"], clock())
    assert seek("badr").status == "pending_matchmaking"
    service.presence.record({ids["badr"]}, {ids["badr"]})
    clock.advance(service.settings.matchmaking_seconds)
    service.presence.record({ids["badr"]}, {ids["badr"]})
    assert seek("dana").status == "pending_matchmaking"


def test_the_search_of_a_disabled_account_is_not_matched(
    service: Service, seek: Seek, ids: dict[str, int]
) -> None:
    seek("alia")
    with service.database.transaction() as tx:
        accounts.set_disabled(tx.connection, ids["alia"], service.clock())
    assert seek("badr").status == "pending_matchmaking"
