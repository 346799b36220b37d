"""A match has a minute: whoever does not get ready is not matched for a pause that grows."""

from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest
from sqlalchemy import update

from qader_sse import create_app
from qader_sse.domain import match_pauses
from qader_sse.domain.challenge import Challenge
from qader_sse.domain.events import challenge_topic
from qader_sse.domain.violations import Expired, MatchesMissed, StillPlaying
from qader_sse.service import Service
from qader_sse.store import challenges, event_pages, models
from tests.conftest import dispose, make_settings
from tests.support.challenges import LIMITS, NOW
from tests.support.clock import SettableClock
from tests.support.duel import add_users, started_duel

GRACE = 1  # the sweeper ends a challenge so long after its deadline
KIND = "quick_quant_10"
NAMES = ("alia", "badr", "dana", "faris")

Seek = Callable[..., Challenge]
Miss = Callable[[], None]
Leaving = tuple[bool, int, bool]


@pytest.fixture
def ids(service: Service) -> dict[str, int]:
    return dict(zip(NAMES, add_users(service, *NAMES), strict=True))


@pytest.fixture
def seek(service: Service, ids: dict[str, int]) -> Seek:
    """Return a function that searches for an opponent as this user."""
    return lambda name, kind=KIND: service.challenges.seek(ids[name], kind, service.clock())


@pytest.fixture
def miss(service: Service, seek: Seek, ids: dict[str, int], clock: SettableClock) -> Miss:
    """Return a function by which alia is matched with badr, and does not get ready."""

    def once() -> None:
        seek("badr")
        match = seek("alia")
        service.challenges.ready(match.id, ids["badr"], clock())
        clock.advance(service.settings.match_seconds + GRACE)
        service.sweeper.run_once()
        assert load(service, match).status == "expired"

    return once


@pytest.fixture
def other_worker(service: Service, clock: SettableClock, database_url: str) -> Iterator[Service]:
    app = create_app(make_settings(database_url), clock=clock)
    yield app.extensions["qader_sse"]
    dispose(app)


def load(service: Service, challenge: Challenge) -> Challenge:
    with service.database.read_transaction() as connection:
        found = challenges.load(connection, challenge.id)
    assert found is not None
    return found


def pause_of(seek: Seek, name: str) -> float:
    """Return for how many seconds a search of this user is refused."""
    with pytest.raises(MatchesMissed) as refused:
        seek(name)
    return refused.value.retry_after_seconds


@pytest.mark.claim("R26")
def test_a_match_that_is_not_ready_by_both_within_a_minute_ends_and_who_was_ready_is_told(
    service: Service, seek: Seek, ids: dict[str, int], clock: SettableClock
) -> None:
    seek("badr")
    match = seek("alia")
    service.challenges.ready(match.id, ids["badr"], clock())
    clock.advance(59.999)
    service.sweeper.run_once()
    assert load(service, match).status == "accepted"
    clock.advance(0.001)
    with pytest.raises(Expired):
        service.challenges.ready(match.id, ids["alia"], clock())
    clock.advance(GRACE)
    service.sweeper.run_once()

    with service.database.read_transaction() as connection:
        last = event_pages.read(connection, challenge_topic(match.id), 0, 100)[-1]
    assert (last.type, last.fact["status"], last.fact["is_match"]) == (
        "challenge.update",
        "expired",
        True,
    )
    assert seek("badr").status == "pending_matchmaking"


@pytest.mark.claim("R26")
def test_an_accepted_invite_has_an_hour_and_no_pause_follows(
    service: Service, seek: Seek, ids: dict[str, int], clock: SettableClock
) -> None:
    invite = service.challenges.invite(ids["badr"], KIND, "alia", clock())
    accepted = service.challenges.accept(invite.id, ids["alia"], clock())
    assert not accepted.is_match
    clock.advance(3_599)
    service.sweeper.run_once()
    assert load(service, accepted).status == "accepted"
    clock.advance(1 + GRACE)
    service.sweeper.run_once()
    assert load(service, accepted).status == "expired"
    assert seek("alia").status == "pending_matchmaking"


@pytest.mark.claim("R26")
def test_whoever_did_not_get_ready_is_refused_for_a_pause_that_doubles(
    service: Service, seek: Seek, miss: Miss, clock: SettableClock
) -> None:
    for pause in (60, 120, 240, 480, 960, 1920, 3600, 3600):
        miss()
        assert pause_of(seek, "alia") == pause
        clock.advance(pause - 0.5)
        assert pause_of(seek, "alia") == 0.5
        clock.advance(0.5)


@pytest.mark.claim("R26")
def test_a_day_without_another_missed_match_forgets_them(
    seek: Seek, miss: Miss, clock: SettableClock
) -> None:
    for _ in range(3):
        miss()
        clock.advance(pause_of(seek, "alia"))
    clock.advance(24 * 3600)
    miss()
    assert pause_of(seek, "alia") == 60


@pytest.mark.claim("R26")
def test_a_match_that_begins_forgets_the_missed_matches(
    service: Service, seek: Seek, miss: Miss, ids: dict[str, int], clock: SettableClock
) -> None:
    for _ in range(3):
        miss()
        clock.advance(pause_of(seek, "alia"))
    seek("dana")
    match = seek("alia")
    for name in ("alia", "dana"):
        service.challenges.ready(match.id, ids[name], clock())
    service.challenges.leave(match.id, ids["alia"], clock())
    miss()
    assert pause_of(seek, "alia") == 60


@pytest.mark.claim("R26")
def test_an_invite_that_begins_forgets_none_because_anybody_may_have_two_accounts(
    service: Service, seek: Seek, miss: Miss, ids: dict[str, int], clock: SettableClock
) -> None:
    miss()
    clock.advance(pause_of(seek, "alia"))
    miss()
    duel = started_duel(service, ids["dana"], "alia")
    service.challenges.leave(duel.id, ids["alia"], clock())
    assert pause_of(seek, "alia") == 120


@pytest.mark.claim("R26")
@pytest.mark.parametrize(
    "leaving",
    [(False, 0, True), (False, 30, True), (True, 0, True), (True, 14, True), (True, 15, False)],
)
def test_leaving_a_match_counts_unless_one_was_ready_and_has_waited(
    service: Service, seek: Seek, ids: dict[str, int], clock: SettableClock, leaving: Leaving
) -> None:
    was_ready, seconds, is_refused = leaving
    seek("badr")
    match = seek("alia")
    if was_ready:
        service.challenges.ready(match.id, ids["alia"], clock())
    clock.advance(seconds)
    service.challenges.leave(match.id, ids["alia"], clock())
    assert seek("badr").status == "pending_matchmaking"
    if is_refused:
        assert pause_of(seek, "alia") == 60
    else:
        assert seek("alia").status == "accepted"


@pytest.mark.claim("R17")
def test_a_search_repeated_after_the_match_finds_the_match(
    service: Service, seek: Seek, ids: dict[str, int], clock: SettableClock
) -> None:
    seek("badr")
    match = seek("alia")
    assert seek("dana").status == "pending_matchmaking"
    assert [seek(name).id for name in ("alia", "badr")] == [match.id, match.id]
    with pytest.raises(StillPlaying):
        seek("alia", "medium_verbal_15")
    clock.advance(60)  # overdue, and the sweeper has not come yet
    assert seek("badr").id != match.id


def test_a_search_that_began_in_the_moment_of_a_start_is_not_matched(
    service: Service, other_worker: Service, seek: Seek, ids: dict[str, int]
) -> None:
    """Neither of the two transactions has seen the other one. The first worker has cached its end."""
    search = seek("alia")
    started_duel(service, ids["alia"], "badr")
    with service.database.transaction() as tx:
        tx.connection.execute(
            update(models.Challenge)
            .where(models.Challenge.id == search.id)
            .values(status="pending_matchmaking", due_at=search.due_at)
        )
    found = other_worker.challenges.seek(ids["dana"], KIND, other_worker.clock())
    assert found.status == "pending_matchmaking"


def test_one_who_never_gets_ready_keeps_few_newcomers_from_playing(
    service: Service, seek: Seek, ids: dict[str, int], clock: SettableClock
) -> None:
    """Every minute of an hour somebody new searches, and alia does as soon as she may."""
    kept = []
    newcomers = add_users(service, *(f"newcomer{number}" for number in range(60)))
    for minute, newcomer in enumerate(newcomers):
        with suppress(MatchesMissed):
            seek("alia")
        if service.challenges.seek(newcomer, KIND, clock()).status == "accepted":
            kept.append(minute)
        clock.advance(60 + GRACE)
        service.sweeper.run_once()
    assert kept == [0, 2, 5, 10, 19, 36]


def test_the_pause_holds_at_every_worker(
    other_worker: Service, miss: Miss, ids: dict[str, int], clock: SettableClock
) -> None:
    miss()
    with pytest.raises(MatchesMissed):
        other_worker.challenges.seek(ids["alia"], "accuracy_challenge", clock())


def test_the_pause_has_a_bound_however_many_matches_were_missed() -> None:
    with pytest.raises(MatchesMissed) as refused:
        match_pauses.require_no_pause([NOW] * 5_000, LIMITS, NOW)
    assert refused.value.retry_after_seconds == LIMITS.longest_match_pause_seconds
