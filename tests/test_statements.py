"""How many statements each use case sends: a change that adds one fails here.

They are counted where they leave for the database, because on PostgreSQL each is a round trip.
BEGIN, COMMIT and ROLLBACK count where the driver sends them.
"""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import Engine

from qader_sse import create_app
from qader_sse.domain.challenge import Challenge
from qader_sse.domain.presenters import Viewer
from qader_sse.extensions import db
from qader_sse.service import Service
from qader_sse.store import challenges, secret_tokens, sessions
from tests.conftest import dispose, make_settings
from tests.support.clock import SettableClock
from tests.support.duel import add_users, started_duel, user_id, wrong_choice
from tests.support.statements import Sent, change_of_cached, change_of_uncached, counted, writes
from tests.support.workers import another_worker


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.programs)])
def app(request: pytest.FixtureRequest, clock: SettableClock) -> Iterator[Flask]:
    on_postgres = request.param == "postgres"
    if on_postgres:
        request.getfixturevalue("postgres_service")
    url = request.getfixturevalue("postgres_url" if on_postgres else "database_url")
    app = create_app(make_settings(url), clock=clock)
    if not on_postgres:
        add_users(app.extensions["qader_sse"], "noura", "khalid")
    yield app
    dispose(app)


@pytest.fixture
def engine(app: Flask) -> Engine:
    with app.app_context():
        return db.engine


@pytest.fixture
def duel(service: Service) -> Challenge:
    return started_duel(service, user_id(service, "noura"), "khalid")


def answer(
    service: Service, duel: Challenge, player: int, number: int, *, right: bool
) -> Challenge:
    """Answer a question, both counted from 0: the challenger is player 0."""
    question = duel.questions[number]
    choice = question.correct_answer if right else wrong_choice(duel, question.id)
    user = duel.attempts[player].player.id
    return service.challenges.answer(duel.id, user, question.id, choice, 1.0, service.clock())


def test_the_session_check_takes_one_statement(service: Service, engine: Engine) -> None:
    noura = user_id(service, "noura")
    with service.database.transaction() as tx:
        token = sessions.open_new(tx.connection, noura, service.clock())
    with counted(engine) as sent, service.database.autocommit() as connection:
        now, session_id = service.clock(), secret_tokens.hashed(token)
        assert sessions.signed_in(connection, session_id, now, now - timedelta(days=1)) is not None
    assert sent == Sent(1, reads=1)


def test_a_wrong_answer_reads_nothing(service: Service, engine: Engine, duel: Challenge) -> None:
    with counted(engine) as sent:
        answer(service, duel, player=0, number=0, right=False)
    assert sent == change_of_cached(engine, "the answer", "the events")


def test_a_right_answer_writes_the_score_too(
    service: Service, engine: Engine, duel: Challenge
) -> None:
    with counted(engine) as sent:
        answer(service, duel, player=0, number=0, right=True)
    assert sent == change_of_cached(engine, "the score", "the answer", "the events")


def test_the_last_answer_ends_the_duel(service: Service, engine: Engine, duel: Challenge) -> None:
    last = len(duel.questions) - 1
    for number in range(last + 1):
        answer(service, duel, 0, number, right=True)
    for number in range(last):
        answer(service, duel, 1, number, right=False)
    with counted(engine) as sent:
        assert answer(service, duel, 1, last, right=True).status == "completed"
    assert sent == change_of_cached(
        engine, "the challenge", "the attempts", "the answer", "the events"
    )


def test_the_same_answer_again_only_takes_the_lock(
    service: Service, engine: Engine, duel: Challenge
) -> None:
    answer(service, duel, 0, 0, right=True)
    with counted(engine) as sent:
        answer(service, duel, 0, 0, right=True)
    assert sent == Sent(3, reads=0)


def test_a_challenge_that_another_worker_has_changed_is_read_and_compared_again(
    service: Service, engine: Engine, duel: Challenge
) -> None:
    with another_worker(service) as other:
        answer(other, duel, 0, 0, right=False)
    with counted(engine) as sent:
        answer(service, duel, 1, 0, right=False)
    # In vain: one on PostgreSQL; on SQLite BEGIN, the topic's head, ROLLBACK.
    tried = 1 if engine.dialect.name == "postgresql" else 3
    anew = change_of_uncached(engine, "the answer", "the events")
    assert sent == Sent(tried + anew.statements, anew.reads)


def test_what_another_worker_has_changed_is_as_good_as_cached_once_it_is_announced(
    service: Service, engine: Engine, duel: Challenge
) -> None:
    with another_worker(service) as other:
        other.bus.subscribe(service.bus.announce, lambda: None)
        answer(other, duel, 0, 0, right=False)
    with counted(engine) as sent:
        answer(service, duel, 1, 0, right=False)
    assert sent == change_of_cached(engine, "the answer", "the events")


def test_a_challenge_that_is_not_cached_takes_two_statements_more(
    service: Service, engine: Engine, duel: Challenge
) -> None:
    service.challenge_cache.clear()
    with counted(engine) as sent:
        answer(service, duel, 0, 0, right=False)
    assert sent == change_of_uncached(engine, "the answer", "the events")


def test_accepting_advances_both_topics_at_once(service: Service, engine: Engine) -> None:
    created, (_, khalid) = invited(service)
    with counted(engine) as sent:
        service.challenges.accept(created.id, khalid, service.clock())
    # BEGIN, the lock, whether the inviter is blocked, the open searches of both, both heads in one,
    # COMMIT.
    assert sent == Sent(6 + writes(engine, "the challenge", "who is online", "the events"), reads=2)


def test_accepting_later_reads_whether_the_challenger_is_online(
    service: Service, engine: Engine, clock: SettableClock
) -> None:
    created, (_, khalid) = invited(service)
    clock.advance(service.settings.presence_settle_seconds)
    with counted(engine) as sent:
        service.challenges.accept(created.id, khalid, clock())
    assert sent == Sent(7 + writes(engine, "the challenge", "who is online", "the events"), reads=3)


def test_being_ready_writes_one_attempt_and_the_second_starts_the_challenge_too(
    service: Service, engine: Engine
) -> None:
    created, (noura, khalid) = invited(service)
    service.challenges.accept(created.id, khalid, service.clock())
    with counted(engine) as first:
        service.challenges.ready(created.id, noura, service.clock())
    with counted(engine) as second:
        assert service.challenges.ready(created.id, khalid, service.clock()).status == "ongoing"

    assert first == change_of_cached(engine, "the attempt", "the events")
    # The open searches of both first, and the challenge's status as well; then whether either has
    # begun a search meanwhile.
    start = change_of_cached(
        engine, "the challenge", "who is ready", "who was ready before", "the events"
    )
    assert second == Sent(2 + start.statements, reads=2)


def test_reading_a_cached_challenge_takes_one_statement(
    service: Service, engine: Engine, duel: Challenge
) -> None:
    with counted(engine) as sent:
        found = service.challenge_cache.read(duel.id)
    assert found is not None
    assert sent == Sent(1, reads=1)


def test_reading_a_challenge_that_is_not_cached_takes_one_transaction(
    service: Service, engine: Engine, duel: Challenge
) -> None:
    service.challenge_cache.clear()
    with counted(engine) as sent:
        service.challenge_cache.read(duel.id)
    # What its viewers need; then BEGIN, the same again, the challenge, its answers, ROLLBACK.
    assert sent == Sent(6, reads=4)


def test_what_a_stream_asks_of_a_challenge_takes_one_statement(
    service: Service, engine: Engine, duel: Challenge
) -> None:
    with counted(engine) as sent, service.database.autocommit() as connection:
        assert challenges.watch_info(connection, duel.id) is not None
    assert sent == Sent(1, reads=1)


@pytest.mark.parametrize(("cursor", "reads"), [(None, 1), (5, 1), (2, 2)])
def test_opening_a_stream_reads_once_and_once_more_for_missed_events(
    service: Service, engine: Engine, duel: Challenge, cursor: int | None, reads: int
) -> None:
    viewer = Viewer(duel.challenger.id, "en")
    with counted(engine) as sent:
        service.opener.challenge(duel.id, viewer, cursor)
    assert sent == Sent(reads, reads)


def invited(service: Service) -> tuple[Challenge, tuple[int, int]]:
    noura, khalid = user_id(service, "noura"), user_id(service, "khalid")
    return service.challenges.invite(noura, "quick_quant_10", "khalid", service.clock()), (
        noura,
        khalid,
    )


def test_limits_add_one_statement_to_creating_and_to_accepting(
    service: Service, engine: Engine
) -> None:
    settings = make_settings(service.settings.database_url, fair_shares=True)
    limited = create_app(settings, clock=service.clock)
    with limited.app_context():
        engines = (engine, db.engine)
    services: tuple[Service, ...] = (service, limited.extensions["qader_sse"])
    noura, khalid = user_id(service, "noura"), user_id(service, "khalid")
    sent: list[tuple[Sent, Sent]] = []
    for one, its_engine in zip(services, engines, strict=True):
        first = one.challenges.invite(noura, "quick_quant_10", "khalid", one.clock())
        one.challenges.cancel(first.id, noura, one.clock())  # the caches are filled
        with counted(its_engine) as creating:
            created = one.challenges.invite(noura, "quick_quant_10", "khalid", one.clock())
        with counted(its_engine) as accepting:
            one.challenges.accept(created.id, khalid, one.clock())
        sent.append((creating, accepting))
    dispose(limited)
    for without, with_limits in zip(*sent, strict=True):
        assert with_limits == Sent(without.statements + 1, without.reads + 1)
