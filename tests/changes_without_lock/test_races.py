"""Changes of one challenge at the same instant, and answers of the database that are lost."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import psycopg
import pytest
from flask import Flask
from sqlalchemy import Connection, event

from qader_sse.domain.challenge import Challenge
from qader_sse.domain.events import challenge_topic
from qader_sse.extensions import db
from qader_sse.service import Service
from qader_sse.store import event_pages
from qader_sse.store.compare_and_set import WriteTurn
from qader_sse.store.errors import OutcomeUnknown
from tests.support.duel import give_answer, started_duel, user_id
from tests.support.statements import counted
from tests.support.workers import at_once, races

RACES = races(3)
BROKEN = psycopg.OperationalError("the server closed the connection")


def seqs(service: Service, duel: Challenge) -> list[int]:
    with service.database.read_transaction() as connection:
        events = event_pages.read(connection, challenge_topic(duel.id), 0, 1000)
    return [event.seq for event in events]


def test_two_workers_that_answer_at_the_same_instant_both_do(
    service: Service, other_worker: Service
) -> None:
    """Both have the challenge at the same head: one of them is too late, and decides anew."""
    for _ in range(RACES):
        duel = started_duel(service, user_id(service, "noura"), "khalid")
        for place in range(len(duel.questions)):
            if place % 2:
                assert other_worker.challenge_cache.read(duel.id) is not None
            else:
                service.challenge_cache.clear()  # both read it first, without a lock
            at_once(
                partial(give_answer, service, duel, 0, place),
                partial(give_answer, other_worker, duel, 1, place),
            )
        final = service.challenge_cache.read(duel.id)
        assert final is not None
        assert final[0].status == "completed"
        assert [attempt.score for attempt in final[0].attempts] == [10, 10]
        assert seqs(service, duel) == list(range(1, final[1].head + 1))


@pytest.mark.parametrize("is_announced", [True, False])
def test_what_another_worker_has_just_changed_is_read_only_if_it_was_not_announced(
    service: Service,
    other_worker: Service,
    duel: Challenge,
    monkeypatch: pytest.MonkeyPatch,
    is_announced: bool,
) -> None:
    if is_announced:
        other_worker.bus.subscribe(service.challenge_cache.learn, lambda: None)
    append_at = service.database.append_at

    def append_too_late(*args: Any, **kwargs: Any) -> bool:
        monkeypatch.undo()
        give_answer(other_worker, duel, 1)
        return append_at(*args, **kwargs)

    with service.database.autocommit() as connection:
        engine = connection.engine
    monkeypatch.setattr(service.database, "append_at", append_too_late)
    with counted(engine) as sent:
        assert len(give_answer(service, duel, 0).answers) == 2
    assert bool(sent.reads) is not is_announced


def test_what_is_cached_is_compared_once_where_what_is_read_is_out_of_date_as_well(
    service: Service, other_worker: Service, duel: Challenge, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another worker answers twice, of which nothing is announced: before each of two comparisons."""
    heads: list[int] = []
    append_at = service.database.append_at

    def append_after_the_other(
        turn: WriteTurn, topic: str, head: int, *rest: Any, **then: Any
    ) -> bool:
        if len(heads) < 2:
            give_answer(other_worker, duel, 1, place=len(heads))
        heads.append(head)
        return append_at(turn, topic, head, *rest, **then)

    monkeypatch.setattr(service.database, "append_at", append_after_the_other)
    assert len(give_answer(service, duel, 0).answers) == 3
    assert heads == sorted(set(heads))
    assert len(heads) == 3


def test_one_worker_answers_for_both_at_the_same_instant(service: Service) -> None:
    for _ in range(RACES):
        duel = started_duel(service, user_id(service, "noura"), "khalid")
        for place in range(len(duel.questions)):
            at_once(*(partial(give_answer, service, duel, seat, place) for seat in (0, 1)))
        assert seqs(service, duel) == list(range(1, len(seqs(service, duel)) + 1))
        final = service.challenge_cache.read(duel.id)
        assert final is not None
        assert (final[0].status, len(final[0].answers)) == ("completed", 20)


def test_a_change_between_the_reads_of_a_challenge_is_not_lost(
    service: Service, other_worker: Service, duel: Challenge
) -> None:
    """Its head is read first: the write of what is read later than that compares in vain."""
    service.challenge_cache.clear()
    with service.database.autocommit() as connection:
        engine = connection.engine

    def answer_elsewhere(*_: object) -> None:
        give_answer(other_worker, duel, 0, place=1)

    event.listen(engine, "after_cursor_execute", answer_elsewhere, once=True)
    after = give_answer(service, duel, 0, place=0)
    assert (len(after.answers), after.attempts[0].score) == (2, 2)
    assert seqs(service, duel) == list(range(1, 10))


@contextmanager
def losing_answers(app: Flask, *errors: psycopg.Error) -> Iterator[None]:
    """Have each of the next statements, which is done, end in one of these errors."""
    left = list(errors)

    def lose(connection: Connection, cursor: object, sent: str, *rest: object) -> None:
        if left:
            connection.connection.dbapi_connection.close()  # type: ignore[union-attr]
            raise left.pop(0)

    with app.app_context():
        event.listen(db.engine, "after_cursor_execute", lose)
        yield
        event.remove(db.engine, "after_cursor_execute", lose)


def test_an_answer_that_was_written_when_the_connection_broke_is_written_once(
    postgres_service: Service, postgres_app: Flask
) -> None:
    duel = started_duel(postgres_service, user_id(postgres_service, "noura"), "khalid")
    with losing_answers(postgres_app, BROKEN):
        after = give_answer(postgres_service, duel, 0)
    assert (len(after.answers), after.attempts[0].score) == (1, 1)
    assert seqs(postgres_service, duel) == [1, 2, 3, 4, 5, 6, 7]


@pytest.mark.parametrize("later", [BROKEN, psycopg.errors.LockNotAvailable()], ids=["away", "busy"])
def test_if_nobody_can_say_what_has_become_of_an_answer_nobody_says_that_nothing_has(
    postgres_service: Service, postgres_app: Flask, later: psycopg.Error
) -> None:
    duel = started_duel(postgres_service, user_id(postgres_service, "noura"), "khalid")
    with losing_answers(postgres_app, BROKEN, later), pytest.raises(OutcomeUnknown):
        give_answer(postgres_service, duel, 0)
    assert len(give_answer(postgres_service, duel, 0).answers) == 1
