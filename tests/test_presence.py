"""Presence in duels, from all workers: whoever goes or comes is told once, and nobody who moves.

Here a worker is told who is there at it; `tests/e2e/test_presence.py` opens and closes streams.
"""

import random
from collections.abc import Iterator
from contextlib import ExitStack
from typing import NoReturn

import pytest

from qader_sse.domain import rules
from qader_sse.domain.challenge import Challenge
from qader_sse.domain.presence import MAX_ABSENCES
from qader_sse.service import Service
from qader_sse.store.errors import StoreAway, StoreUnavailable
from qader_sse.use_cases.challenge_repository import ChallengeRepository
from tests.support.clock import SettableClock
from tests.support.duel import play_to_the_end, started_duel, user_id
from tests.support.presence import online, record, told
from tests.support.statements import Sent, counted
from tests.support.workers import another_worker, at_once


@pytest.fixture
def here(service_on_either: Service) -> Service:
    return service_on_either


@pytest.fixture
def elsewhere(here: Service) -> Iterator[Service]:
    with another_worker(here) as worker:
        yield worker


@pytest.fixture
def noura(here: Service) -> int:
    return user_id(here, "noura")


@pytest.fixture
def khalid(here: Service) -> int:
    return user_id(here, "khalid")


@pytest.fixture
def duel(here: Service, noura: int) -> Challenge:
    return started_duel(here, noura, "khalid")


@pytest.mark.claim("M28", "M29")
def test_who_goes_is_told_once_and_who_comes_back_too(
    here: Service, elsewhere: Service, duel: Challenge, noura: int, khalid: int
) -> None:
    record(here, noura)
    record(elsewhere, khalid)
    assert told(here, duel) == []
    record(elsewhere)
    assert told(here, duel) == [(khalid, False)]
    assert online(here, duel.id) == [True, False]
    for worker in (here, elsewhere, here, elsewhere):
        assert record(worker, noura) == 0
    record(here, noura, khalid)
    assert told(here, duel) == [(khalid, False), (khalid, True)]
    assert online(elsewhere, duel.id) == [True, True]


def test_who_moves_to_another_worker_is_not_told(
    here: Service, elsewhere: Service, duel: Challenge, noura: int, khalid: int
) -> None:
    record(here, noura, khalid)
    record(elsewhere, khalid)
    record(here, noura)
    record(here, noura)
    assert told(here, duel) == []


def test_who_goes_from_two_workers_at_once_is_told_once(
    here: Service, elsewhere: Service, duel: Challenge, noura: int, khalid: int
) -> None:
    for number in range(MAX_ABSENCES // 2):
        record(here, noura, khalid)
        record(elsewhere, khalid)
        assert len(told(here, duel)) == 2 * number
        at_once(lambda: record(here, noura), lambda: record(elsewhere))
        assert told(here, duel)[-1] == (khalid, False)


@pytest.mark.parametrize("seed", range(5))
def test_whatever_several_workers_do_at_once_ends_in_what_is_so(
    here: Service, duel: Challenge, noura: int, khalid: int, seed: int
) -> None:
    chance = random.Random(seed)
    with ExitStack() as stack:
        record(here, noura, khalid)
        workers = [here, *(stack.enter_context(another_worker(here)) for _ in range(2))]
        for _ in range(10):
            there = [{one for one in (noura, khalid) if chance.random() < 0.4} for _ in workers]
            at_once(
                *(
                    lambda worker=worker, ids=ids: record(worker, *ids)
                    for worker, ids in zip(workers, there, strict=True)
                )
            )
            # What was under way meanwhile is found when they record the next time.
            for worker, ids in zip(workers, there, strict=True):
                record(worker, *ids)
            expected = [noura in set().union(*there), khalid in set().union(*there)]
            assert online(here, duel.id) == expected
    for player in (noura, khalid):
        of_one = [is_online for user, is_online in told(here, duel) if user == player]
        assert of_one == [number % 2 == 1 for number in range(len(of_one))]  # never twice the same


@pytest.mark.claim("M29")
def test_the_people_of_a_worker_that_ended_are_told_to_be_away(
    here: Service,
    elsewhere: Service,
    duel: Challenge,
    noura: int,
    khalid: int,
    clock: SettableClock,
) -> None:
    record(elsewhere, khalid)
    record(here, noura)
    clock.advance(here.settings.seeker_away_seconds - 1)
    record(here, noura)
    assert told(here, duel) == []
    clock.advance(1)
    record(here, noura)
    assert told(here, duel) == [(khalid, False)]


def test_a_worker_that_was_taken_for_ended_tells_that_its_people_are_there(
    here: Service,
    elsewhere: Service,
    duel: Challenge,
    noura: int,
    khalid: int,
    clock: SettableClock,
) -> None:
    """As after a database was away: who records first finds all the others silent."""
    for _ in range(2):  # those who came are looked at twice
        record(elsewhere, khalid)
    record(here, noura)
    clock.advance(here.settings.seeker_away_seconds)
    record(here, noura)
    record(elsewhere, khalid)
    assert told(here, duel) == [(khalid, False), (khalid, True)]
    assert online(here, duel.id) == [True, True]


def test_what_could_not_be_told_is_told_the_next_time(
    here: Service, duel: Challenge, noura: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*given: object) -> NoReturn:
        raise StoreAway

    record(here, noura)
    with monkeypatch.context() as patched:
        patched.setattr(ChallengeRepository, "see", away)
        with pytest.raises(StoreUnavailable):
            record(here)
    assert online(here, duel.id)[0]
    record(here)
    assert online(here, duel.id) == [False, True]


@pytest.mark.claim("M30")
def test_nothing_is_told_before_two_agree_nor_after_the_end(
    here: Service, duel: Challenge, noura: int, khalid: int
) -> None:
    now = here.clock()
    invite = here.challenges.invite(noura, "medium_verbal_15", "khalid", now)
    play_to_the_end(here, duel)
    for present in ([noura, khalid], [khalid], [], [noura]):
        assert record(here, *present) == 0
    assert online(here, invite.id) == [False, False]


@pytest.mark.parametrize("is_there", [True, False])
def test_an_accepted_invite_tells_whether_the_challenger_is_still_there(
    here: Service,
    elsewhere: Service,
    noura: int,
    khalid: int,
    clock: SettableClock,
    is_there: bool,
) -> None:
    invite = here.challenges.invite(noura, "quick_quant_10", "khalid", clock())
    clock.advance(here.settings.presence_settle_seconds)
    if is_there:
        record(elsewhere, noura)
    here.challenges.accept(invite.id, khalid, clock())
    assert online(here, invite.id) == [is_there, True]


def test_who_accepts_and_has_no_stream_is_away_after_a_moment(
    here: Service, duel: Challenge, noura: int, khalid: int
) -> None:
    """Whoever acts is recorded for a moment, see `Hub.note_action`."""
    record(here, noura, khalid)
    record(here, noura)
    assert told(here, duel) == [(khalid, False)]


def test_who_is_recorded_while_two_agree_is_found_the_next_time(
    postgres_service: Service, clock: SettableClock
) -> None:
    """The accepting transaction has read who is there, and has not committed yet."""
    noura, khalid = (user_id(postgres_service, name) for name in ("noura", "khalid"))
    invite = postgres_service.challenges.invite(noura, "quick_quant_10", "khalid", clock())
    clock.advance(60)
    limits = postgres_service.settings.time_limits
    repository = ChallengeRepository(postgres_service.challenge_cache, limits)
    with another_worker(postgres_service) as worker:
        with postgres_service.database.transaction() as tx:
            before = repository.lock(tx, invite.id)
            accepted = rules.accept(before, khalid, clock(), limits)
            repository.store(tx, before, accepted, clock())
            record(worker, noura, khalid)
        assert online(worker, invite.id) == [False, True]
        record(worker, noura, khalid)
        assert online(worker, invite.id) == [True, True]


def test_who_stays_costs_the_same_however_many_they_are(here: Service, duel: Challenge) -> None:
    """Nothing is read of duels, nor locked, unless somebody of theirs comes or goes."""
    there = range(1, 10_000)
    record(here, *there)
    record(here, *there)  # those who came are looked at twice
    with here.database.autocommit() as connection, counted(connection.engine) as sent:
        record(here, *there)
    # BEGIN, this worker's row, the rows of workers that have ended, COMMIT.
    assert sent == Sent(4, reads=0)


def test_a_block_keeps_no_presence_back_in_a_duel_that_goes_on(
    here: Service, duel: Challenge, noura: int, khalid: int
) -> None:
    """Silence would tell the block."""
    record(here, noura, khalid)
    here.blocks.block(khalid, "noura", here.clock())
    record(here, noura)
    assert told(here, duel) == [(khalid, False)]
