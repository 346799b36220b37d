"""The challenge cache holds what is stored, whichever worker writes and however a transaction ends."""

import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import text

from qader_sse import create_app
from qader_sse.domain import rules
from qader_sse.domain.challenge import Challenge
from qader_sse.domain.events import challenge_topic
from qader_sse.domain.violations import AlreadyAnswered
from qader_sse.service import Service
from qader_sse.store import challenges, event_log
from qader_sse.store.challenge_cache import ChallengeCache
from qader_sse.store.errors import StoreAway
from qader_sse.use_cases.challenge_repository import ChallengeRepository
from tests.conftest import dispose, make_settings
from tests.support.challenges import LIMITS, make_challenge
from tests.support.clock import SettableClock
from tests.support.duel import started_duel, user_id, wrong_choice


@pytest.fixture
def other_app(postgres_url: str, clock: SettableClock) -> Iterator[Flask]:
    """A second app on the same database, with a cache of its own, as another worker has."""
    app = create_app(make_settings(postgres_url), clock=clock)
    yield app
    dispose(app)


def stored(service: Service, challenge_id: int) -> tuple[Challenge | None, int]:
    """Return the challenge as stored, and the head of its topic."""
    with service.database.read_transaction() as connection:
        head = event_log.bounds(connection, challenge_topic(challenge_id)).head
        return challenges.load(connection, challenge_id), head


def answer(service: Service, duel: Challenge, place: int, seat: int) -> Challenge:
    question, player = duel.questions[place], duel.attempts[seat].player
    now = service.clock()
    return service.challenges.answer(
        duel.id, player.id, question.id, question.correct_answer, 1.5, now
    )


def assert_cached_as_stored(service: Service, challenge_id: int) -> None:
    challenge, head = stored(service, challenge_id)
    assert service.challenge_cache.find(challenge_id, head) == challenge


def test_two_workers_answer_alternately_and_both_see_every_answer(
    postgres_service: Service, other_app: Flask, clock: SettableClock
) -> None:
    workers: list[Service] = [postgres_service, other_app.extensions["qader_sse"]]
    duel = started_duel(postgres_service, user_id(postgres_service, "noura"), "khalid")
    for place in range(len(duel.questions)):
        for seat in (0, 1):
            clock.advance(0.5)
            # The workers take turns, with the answers to two questions each: at the first of these
            # answers a worker's cached challenge is out of date, at the others it is current.
            worker = workers[place // 2 % 2]
            after = answer(worker, duel, place, seat)
            assert len(after.answers) == 2 * place + seat + 1
            assert_cached_as_stored(worker, duel.id)

    final, head = stored(postgres_service, duel.id)
    assert final is not None
    assert final.status == "completed"
    assert [attempt.score for attempt in final.attempts] == [10, 10]
    last = workers[1].challenge_cache.find(duel.id, head)
    assert last is None or last == final
    for worker in workers:
        found = worker.challenge_cache.read(duel.id)
        assert found is not None
        assert found[0] == final


def test_a_change_that_is_rolled_back_is_not_cached(
    service: Service, people: dict[str, int]
) -> None:
    duel = started_duel(service, people["noura"], "khalid")
    question_id, now = duel.questions[0].id, service.clock()
    repository = ChallengeRepository(service.challenge_cache, LIMITS)

    def answer_and_fail() -> None:
        with service.database.transaction() as tx:
            before = repository.lock(tx, duel.id)
            after = rules.answer(before, people["noura"], question_id, "A", None, now, LIMITS)
            repository.store(tx, before, after, now)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        answer_and_fail()

    assert_cached_as_stored(service, duel.id)
    assert (
        answer(service, duel, 0, 0).answers[0].selected_choice == duel.questions[0].correct_answer
    )


def test_a_refused_action_leaves_the_cache_as_it_is(
    service: Service, people: dict[str, int]
) -> None:
    duel = started_duel(service, people["noura"], "khalid")
    answer(service, duel, 0, 0)
    question = duel.questions[0]
    wrong = wrong_choice(duel, question.id)
    with pytest.raises(AlreadyAnswered):
        service.challenges.answer(
            duel.id, people["noura"], question.id, wrong, None, service.clock()
        )

    assert_cached_as_stored(service, duel.id)


def test_a_change_without_an_event_cannot_be_stored(
    service: Service, people: dict[str, int]
) -> None:
    """The head would stay the same, and other workers would go on using what they cached."""
    duel = started_duel(service, people["noura"], "khalid")

    repository = ChallengeRepository(service.challenge_cache, LIMITS)

    def change_in_silence() -> None:
        with service.database.transaction() as tx:
            before = repository.lock(tx, duel.id)
            repository.store(tx, before, replace(before, due_at=None), service.clock())

    with pytest.raises(RuntimeError, match="has no event in its own topic"):
        change_in_silence()

    assert stored(service, duel.id)[0] == duel


def test_an_entry_is_found_by_its_head_only_and_the_least_recently_used_is_dropped(
    service: Service,
) -> None:
    cache = ChallengeCache(service.database, max_entries=2)
    one, two, three = (replace(make_challenge(status="accepted"), id=n) for n in (1, 2, 3))
    cache.put(one, 5)
    cache.put(two, 5)
    assert cache.find(1, 5) is one
    cache.put(three, 5)

    assert cache.find(2, 5) is None
    assert cache.find(1, 6) is None
    assert cache.find(3, 5) is three


def test_an_entry_is_not_used_when_it_is_too_old(service: Service) -> None:
    """Its players may be called something else by now."""
    cache = ChallengeCache(service.database, max_seconds=0)
    cache.put(replace(make_challenge(status="accepted"), id=1), 5)
    assert cache.find(1, 5) is None


def test_a_change_makes_no_name_younger(service: Service) -> None:
    cache, duel = (
        ChallengeCache(service.database, max_seconds=0.2),
        make_challenge(status="accepted"),
    )
    cache.put(replace(duel, id=1), 5)
    time.sleep(0.15)
    cache.put(replace(duel, id=1), 6)
    time.sleep(0.1)
    assert cache.find(1, 6) is None


def test_an_outage_of_the_database_empties_the_cache(postgres_service: Service) -> None:
    """A standby that takes over may give the same numbers to other events."""
    duel = started_duel(postgres_service, user_id(postgres_service, "noura"), "khalid")
    head = stored(postgres_service, duel.id)[1]
    assert postgres_service.challenge_cache.find(duel.id, head) is not None
    with pytest.raises(StoreAway), postgres_service.database.autocommit() as connection:
        connection.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

    assert postgres_service.challenge_cache.find(duel.id, head) is None
