"""Matchmaking: the oldest search first, of a seeker who is online, and preferably a new opponent."""

from collections.abc import Callable

import pytest

from qader_sse.domain.challenge import Challenge
from qader_sse.service import Service
from qader_sse.store import accounts
from tests.support.clock import SettableClock
from tests.support.duel import add_users, play_to_the_end

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


def test_of_several_searches_the_oldest_is_matched(service: Service, seek: Seek) -> None:
    # Two searches wait at the same time, because their seekers have an open challenge together.
    service.challenges.invite(seek("alia").challenger.id, KIND, "badr", service.clock())
    assert seek("badr").status == "pending_matchmaking"
    assert players(seek("dana")) == ["alia", "dana"]
    assert players(seek("faris")) == ["badr", "faris"]


def test_a_user_is_not_matched_with_their_own_search(seek: Seek) -> None:
    assert seek("alia").status == seek("alia").status == "pending_matchmaking"


@pytest.mark.parametrize("progress", ["invited", "accepted", "ongoing"])
@pytest.mark.parametrize("who_seeks", ["challenger", "opponent"])
def test_users_with_an_open_challenge_with_each_other_are_not_matched(
    service: Service, seek: Seek, ids: dict[str, int], progress: str, who_seeks: str
) -> None:
    challenges, now = service.challenges, service.clock()
    invite = challenges.invite(ids["alia"], KIND, "badr", now)
    if progress != "invited":
        challenges.accept(invite.id, ids["badr"], now)
    if progress == "ongoing":
        challenges.ready(invite.id, ids["alia"], now)
        challenges.ready(invite.id, ids["badr"], now)
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
    # Both wait at the same time: their open challenge prevents a match.
    service.challenges.invite(ids[again], KIND, "dana", service.clock())
    assert seek("dana").status == "pending_matchmaking"
    assert players(seek(other)) == ["dana", other]


def test_the_last_opponent_is_matched_again_if_no_other_waits(service: Service, seek: Seek) -> None:
    seek("alia")
    finish(service, seek("badr"))
    seek("badr")
    assert players(seek("alia")) == ["badr", "alia"]


def test_ones_last_opponent_comes_last_even_after_that_one_has_met_another(
    service: Service, seek: Seek, ids: dict[str, int]
) -> None:
    for opponent in ("faris", "badr"):
        seek("alia")
        finish(service, seek(opponent))
    seek("alia")
    service.challenges.invite(ids["alia"], KIND, "dana", service.clock())
    assert seek("dana").status == "pending_matchmaking"
    assert players(seek("faris")) == ["dana", "faris"]


@pytest.mark.claim("R12")
def test_a_seeker_who_was_offline_for_too_long_is_skipped_until_online_again(
    service: Service, seek: Seek, ids: dict[str, int], clock: SettableClock
) -> None:
    waiting = seek("alia")
    clock.advance(service.settings.seeker_away_seconds)
    assert seek("badr").status == "pending_matchmaking"
    service.maintenance.record_presence({ids["alia"], ids["dana"]}, clock())
    assert seek("faris").id == waiting.id


def test_a_seeker_who_stays_online_can_be_matched(
    service: Service, seek: Seek, ids: dict[str, int], clock: SettableClock
) -> None:
    waiting = seek("alia")
    for _ in range(10):
        clock.advance(service.settings.seeker_away_seconds / 2)
        service.maintenance.record_presence({ids["alia"]}, clock())
    assert seek("badr").id == waiting.id


def test_a_search_that_was_cancelled_or_matched_is_not_matched_again(
    service: Service, seek: Seek, ids: dict[str, int], clock: SettableClock
) -> None:
    service.challenges.cancel(seek("alia").id, ids["alia"], clock())
    assert seek("badr").status == "pending_matchmaking"
    service.maintenance.record_presence({ids["badr"]}, clock())
    clock.advance(service.settings.matchmaking_seconds)
    service.maintenance.record_presence({ids["badr"]}, clock())
    assert seek("dana").status == "pending_matchmaking"


def test_the_search_of_a_disabled_account_is_not_matched(
    service: Service, seek: Seek, ids: dict[str, int]
) -> None:
    seek("alia")
    with service.database.transaction() as tx:
        accounts.set_disabled(tx.connection, ids["alia"], service.clock())
    assert seek("badr").status == "pending_matchmaking"
