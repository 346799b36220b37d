"""Workers change their cached challenge as another one announces that it has changed it."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from itertools import cycle
from random import Random
from threading import Thread

import pytest
from sqlalchemy import update

from cluster.waiting import wait_until
from qader_sse.domain.challenge import Challenge
from qader_sse.domain.events import Event, challenge_topic
from qader_sse.service import Service
from qader_sse.store import challenges, event_log
from qader_sse.store.event_log_origin import EventLogOrigin
from tests.support.clock import SettableClock
from tests.support.duel import give_answer, started_duel, user_id
from tests.support.statements import counted
from tests.support.workers import through_redis

UNREADABLE = (
    "",
    "[8",
    '[8,[["attempts",KEY,{"score":1,"mood":"good"}]]]',
    '[8,[["attempts",KEY,{"end_time":"noon"}]]]',
    '[8,[["attempts",0,{"score":1}]]]',
    '[8,[["attempts",null,{"score":1}]]]',
    '[8,[["challenges",0,{"status":"completed"}]]]',
    '[8,[["answers",null,{"challenge_id":0}]]]',
    '[8,[["votes",KEY,{"score":1}]]]',
    '[8,[["attempts",KEY,["score",1]]]]',
    '[8,[["attempts",KEY,null]]]',
    '["eight",[]]',
    "[null,[]]",
)


def stored(service: Service, challenge_id: int) -> tuple[Challenge | None, int]:
    with service.database.read_transaction() as connection:
        head = event_log.bounds(connection, challenge_topic(challenge_id)).head
        return challenges.load(connection, challenge_id), head


def announced_by(worker: Service) -> list[Event]:
    """Return the list to which everything is added that the worker announces from now on."""
    events: list[Event] = []
    worker.bus.subscribe(events.extend, lambda: None)
    return events


def known(worker: Service, duel: Challenge) -> tuple[Challenge, int] | None:
    return worker.challenge_cache.cached(duel.id)


def link(one: Service, other: Service) -> None:
    """Have each learn at once what the other one announces."""
    for here, there in ((one, other), (other, one)):
        here.bus.subscribe(partial(teach, there), lambda: None)


def teach(worker: Service, events: Sequence[Event]) -> None:
    worker.challenge_cache.learn(through_redis(events))


@pytest.mark.parametrize("leaves", [False, True], ids=["to the end", "until one leaves"])
def test_two_workers_know_a_duel_as_it_is_stored_after_every_change(
    service: Service, other_worker: Service, clock: SettableClock, leaves: bool
) -> None:
    """It is read once, by the one that did not create it."""
    link(service, other_worker)
    noura, khalid = user_id(service, "noura"), user_id(service, "khalid")
    created = service.challenges.invite(noura, "quick_quant_10", "khalid", service.clock())
    assert other_worker.challenge_cache.read(created.id) is not None
    workers, chance = cycle((other_worker, service, service, other_worker, other_worker)), Random(7)

    def assert_known() -> None:
        for worker in (service, other_worker):
            assert known(worker, created) == stored(service, created.id)

    next(workers).challenges.accept(created.id, khalid, service.clock())
    assert_known()
    next(workers).challenges.ready(created.id, noura, service.clock())
    assert_known()
    duel = next(workers).challenges.ready(created.id, khalid, service.clock())
    assert_known()
    for place in range(len(duel.questions)):
        for seat in (0, 1):
            clock.advance(0.5)  # answers are read in the order of their times
            give_answer(next(workers), duel, seat, place, is_right=chance.random() < 0.5)
            assert_known()
        if leaves:
            next(workers).challenges.leave(duel.id, noura, service.clock())
            assert_known()
            break
    final, _ = stored(service, duel.id)
    assert final is not None
    assert final.end_reason == ("left" if leaves else "answered")


def test_of_many_that_one_transaction_changes_each_is_known(
    service: Service, other_worker: Service
) -> None:
    """As the sweeper does that ends overdue duels."""
    link(service, other_worker)
    duels = [started_duel(service, user_id(service, "noura"), "khalid") for _ in range(2)]
    for duel in duels:
        assert other_worker.challenge_cache.read(duel.id) is not None
    ids = {duel.id for duel in duels}
    assert service.maintenance.expire(ids, service.clock() + timedelta(days=1)) == ids
    for duel in duels:
        ended = known(other_worker, duel)
        assert ended == stored(service, duel.id)
        assert ended is not None
        assert ended[0].status == "completed"


@pytest.fixture
def duel(service: Service, other_worker: Service) -> Challenge:
    """A duel that both workers know."""
    begun = started_duel(service, user_id(service, "noura"), "khalid")
    assert other_worker.challenge_cache.read(begun.id) is not None
    return begun


def test_what_comes_again_or_too_late_changes_nothing(
    service: Service, other_worker: Service, duel: Challenge
) -> None:
    events = announced_by(service)
    give_answer(service, duel, 0)
    give_answer(other_worker, duel, 1)
    before = known(other_worker, duel)
    for _ in range(2):
        teach(other_worker, events)
    assert known(other_worker, duel) == before == stored(service, duel.id)


def test_who_waits_for_a_connection_decides_on_what_was_announced_meanwhile(
    service: Service, other_worker: Service, duel: Challenge
) -> None:
    """What is decided before the wait would be out of date after it, and all for nothing."""
    link(service, other_worker)
    pool = service.database.pool
    connections = [pool.take() for _ in range(pool.size)]
    answering = Thread(target=give_answer, args=(service, duel, 0))
    answering.start()
    wait_until(lambda: pool.waiting)
    give_answer(other_worker, duel, 1)
    with counted(connections[0].engine) as sent:
        for connection in connections:
            pool.give_back(connection, has_failed=False)
        answering.join()
    assert sent.reads == 0
    changed = known(service, duel)
    assert changed is not None
    assert len(changed[0].answers) == 2


def test_after_a_lost_announcement_the_next_one_is_not_taken_for_all_that_was_changed(
    service: Service, other_worker: Service, duel: Challenge
) -> None:
    give_answer(service, duel, 0, 0)
    events = announced_by(service)
    give_answer(service, duel, 0, 1)
    teach(other_worker, events)
    assert known(other_worker, duel) is None
    assert len(give_answer(other_worker, duel, 1).answers) == 3


def test_events_that_came_without_the_rest_of_their_change_bring_all_of_it(
    service: Service, other_worker: Service, duel: Challenge
) -> None:
    """A bus may pass on the events of a transaction one by one, and lose some."""
    events = announced_by(service)
    give_answer(service, duel, 0)
    first, *rest = events
    assert rest
    other_worker.challenge_cache.learn([first])
    assert known(other_worker, duel) == stored(service, duel.id)
    other_worker.challenge_cache.learn(rest)
    assert known(other_worker, duel) == stored(service, duel.id)


def test_a_change_of_which_this_version_knows_nothing_has_the_challenge_read_again(
    service: Service, other_worker: Service, duel: Challenge
) -> None:
    events = announced_by(service)
    for place, unreadable in enumerate(UNREADABLE):
        assert other_worker.challenge_cache.read(duel.id) is not None
        give_answer(service, duel, *divmod(place, len(duel.questions)))
        change = unreadable.replace("KEY", str(duel.attempts[0].id))
        other_worker.challenge_cache.learn([replace(events[0], change=change), *events[1:]])
        assert known(other_worker, duel) is None, change
        events.clear()


def test_who_is_matched_and_what_they_are_asked_is_read(
    service: Service, other_worker: Service
) -> None:
    noura, khalid = user_id(service, "noura"), user_id(service, "khalid")
    search = service.challenges.seek(noura, "quick_quant_10", service.clock())
    assert other_worker.challenge_cache.read(search.id) is not None
    link(service, other_worker)
    matched = service.challenges.seek(khalid, "quick_quant_10", service.clock())
    assert (matched.id, matched.status) == (search.id, "accepted")
    assert known(other_worker, search) is None
    found = other_worker.challenge_cache.read(search.id)
    assert found is not None
    assert found[0] == matched


@pytest.fixture
def leapt(service: Service) -> Iterator[None]:
    """Put back, at the end, where numbers begin: other tests use the same database server."""
    yield
    with service.database.transaction() as tx:
        tx.connection.execute(update(EventLogOrigin).values(identity="", base=0))


def test_an_announcement_of_what_the_database_has_lost_brings_nothing_back(
    service: Service, other_worker: Service, duel: Challenge, leapt: None
) -> None:
    """It was under way when the worker noticed that commits were lost, and forgot all challenges."""
    other_worker.database.check_origin()
    events = announced_by(service)
    give_answer(service, duel, 0)
    other_worker.database.leap()
    teach(other_worker, events)
    assert known(other_worker, duel) is None
    head = stored(service, duel.id)[1]
    give_answer(other_worker, duel, 1)
    teach(other_worker, events)
    assert known(other_worker, duel) == stored(service, duel.id)
    assert stored(service, duel.id)[1] > head
