"""How many statements each action sends: whoever adds one finds it here.

Counted where they leave for the database, BEGIN, COMMIT and ROLLBACK with them where they do:
on PostgreSQL each is a round trip.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from flask import Flask
from sqlalchemy import Connection, Engine, event

from qader_sse import create_app
from qader_sse.domain.challenge import Challenge
from qader_sse.domain.presenters import Viewer
from qader_sse.extensions import db
from qader_sse.service import Service
from qader_sse.store import accounts, challenges
from tests.conftest import dispose, make_settings
from tests.support.clock import SettableClock
from tests.support.duel import add_users, started_duel, user_id, wrong_choice

Count = Callable[[], list[str]]


@pytest.fixture(params=["sqlite", "postgres"])
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


@contextmanager
def counted(engine: Engine) -> Iterator[list[str]]:
    """Collect what is sent to the database, by its first words."""
    sent: list[str] = []

    def note_statement(connection, cursor, statement, parameters, context, many) -> None:
        sent.append(" ".join(statement.split()[:3]))

    def note(word: str) -> Callable[[Connection], None]:
        def note_it(connection: Connection) -> None:
            # SQLAlchemy speaks of a transaction also where the driver begins none.
            is_sqlite = connection.dialect.name == "sqlite"
            alone = connection.get_execution_options().get("isolation_level") == "AUTOCOMMIT"
            if is_sqlite:
                raw = connection.connection.dbapi_connection
                alone = word != "BEGIN" and not getattr(raw, "in_transaction", True)
            if not alone and not (is_sqlite and word == "BEGIN"):  # SQLite's own is a statement
                sent.append(word)

        return note_it

    listeners: dict[str, Callable[..., None]] = {
        "before_cursor_execute": note_statement,
        "begin": note("BEGIN"),
        "commit": note("COMMIT"),
        "rollback": note("ROLLBACK"),
    }
    for name, listener in listeners.items():
        event.listen(engine, name, listener)
    yield sent
    for name, listener in listeners.items():
        event.remove(engine, name, listener)


def answer(service: Service, duel: Challenge, seat: int, place: int, *, right: bool) -> Challenge:
    question = duel.questions[place]
    choice = question.correct_answer if right else wrong_choice(duel, question.id)
    user = duel.attempts[seat].player.id
    return service.challenges.answer(duel.id, user, question.id, choice, 1.0, service.clock())


def test_the_session_check_is_one_statement(service: Service, engine: Engine) -> None:
    noura = user_id(service, "noura")
    with service.database.transaction() as tx:
        token = accounts.open_session(tx.connection, noura, service.clock())
    with counted(engine) as sent, service.database.autocommit() as connection:
        assert accounts.signed_in(connection, token) is not None
    assert sent == ["SELECT users.id, users.username,"]


def test_a_wrong_answer_loads_nothing(service: Service, engine: Engine, duel: Challenge) -> None:
    with counted(engine) as sent:
        answer(service, duel, seat=0, place=0, right=False)
    assert names(sent) == ["BEGIN", "topics", "answers", "topics", "events", "COMMIT"]


def test_a_right_answer_writes_the_score_too(
    service: Service, engine: Engine, duel: Challenge
) -> None:
    with counted(engine) as sent:
        answer(service, duel, seat=0, place=0, right=True)
    assert names(sent) == ["BEGIN", "topics", "attempts", "answers", "topics", "events", "COMMIT"]


def test_the_last_answer_ends_the_duel(service: Service, engine: Engine, duel: Challenge) -> None:
    last = len(duel.questions) - 1
    for place in range(last + 1):
        answer(service, duel, 0, place, right=True)
    for place in range(last):
        answer(service, duel, 1, place, right=False)
    with counted(engine) as sent:
        assert answer(service, duel, 1, last, right=True).status == "completed"
    assert names(sent) == [
        *("BEGIN", "topics", "challenges", "attempts", "answers", "topics", "events", "COMMIT")
    ]


def test_the_same_answer_again_only_takes_the_lock(
    service: Service, engine: Engine, duel: Challenge
) -> None:
    answer(service, duel, 0, 0, right=True)
    with counted(engine) as sent:
        answer(service, duel, 0, 0, right=True)
    assert names(sent) == ["BEGIN", "topics", "COMMIT"]


def test_what_another_worker_has_changed_is_two_statements_more(
    service: Service, engine: Engine, duel: Challenge
) -> None:
    service.challenge_cache.clear()
    with counted(engine) as sent:
        answer(service, duel, 0, 0, right=False)
    assert names(sent) == [
        *("BEGIN", "topics", "SELECT", "SELECT", "answers", "topics", "events", "COMMIT")
    ]


def test_accepting_advances_both_topics_at_once(service: Service, engine: Engine) -> None:
    created, (_, khalid) = invited(service)
    with counted(engine) as sent:
        service.challenges.accept(created.id, khalid, service.clock())
    assert names(sent) == ["BEGIN", "topics", "challenges", "topics", "events", "COMMIT"]


def test_ready_writes_one_seat_and_starting_the_challenge_too(
    service: Service, engine: Engine
) -> None:
    created, (noura, khalid) = invited(service)
    service.challenges.accept(created.id, khalid, service.clock())
    with counted(engine) as first:
        service.challenges.ready(created.id, noura, service.clock())
    with counted(engine) as second:
        assert service.challenges.ready(created.id, khalid, service.clock()).status == "ongoing"

    assert names(first) == ["BEGIN", "topics", "attempts", "topics", "events", "COMMIT"]
    assert names(second) == [
        *("BEGIN", "topics", "challenges", "attempts", "topics", "events", "COMMIT")
    ]


def test_looking_at_a_challenge_is_one_statement(
    service: Service, engine: Engine, duel: Challenge
) -> None:
    with counted(engine) as sent:
        found = service.challenge_cache.read(duel.id)
    assert found is not None
    assert names(sent) == ["SELECT"]


def test_looking_at_what_is_not_at_hand_is_one_transaction(
    service: Service, engine: Engine, duel: Challenge
) -> None:
    service.challenge_cache.clear()
    with counted(engine) as sent:
        service.challenge_cache.read(duel.id)
    assert names(sent) == ["SELECT", "BEGIN", "SELECT", "SELECT", "SELECT", "ROLLBACK"]


def test_where_a_stream_stands_is_one_statement(
    service: Service, engine: Engine, duel: Challenge
) -> None:
    with counted(engine) as sent, service.database.autocommit() as connection:
        assert challenges.watch_info(connection, duel.id) is not None
    assert names(sent) == ["SELECT"]


@pytest.mark.parametrize(("cursor", "statements"), [(None, 1), (5, 1), (2, 2)])
def test_opening_a_stream_looks_once_and_once_more_for_what_was_missed(
    service: Service, engine: Engine, duel: Challenge, cursor: int | None, statements: int
) -> None:
    viewer = Viewer(duel.challenger.id, "en")
    with counted(engine) as sent:
        service.opener.challenge(duel.id, viewer, cursor)
    assert names(sent) == ["SELECT"] * statements


def invited(service: Service) -> tuple[Challenge, tuple[int, int]]:
    noura, khalid = user_id(service, "noura"), user_id(service, "khalid")
    return service.challenges.invite(noura, "quick_quant_10", "khalid", service.clock()), (
        noura,
        khalid,
    )


def names(sent: list[str]) -> list[str]:
    """Name statements by the table they write; a read is a SELECT."""
    named = []
    for statement in sent:
        verb, *rest = statement.split()
        table = {"INSERT": rest[-1:], "UPDATE": rest[:1]}.get(verb, [verb])
        named.append(table[0].strip("("))
    return named
