"""A worker knows open sessions without asking the database, and no ended one for longer than a second."""

import time
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import Engine, event, make_url

from cluster.fault_proxy.handle import FaultProxy
from qader_sse import create_app
from qader_sse.extensions import db
from qader_sse.service import Service
from qader_sse.store import sessions
from qader_sse.store.errors import StoreAway
from qader_sse.store.session_cache import SessionCache
from tests.conftest import dispose, make_settings
from tests.support.acts import act
from tests.support.clock import SettableClock
from tests.support.duel import PASSWORD
from tests.support.statements import counted
from tests.support.streams import unannounced

LASTS = timedelta(days=30)


@pytest.fixture
def engine(app: Flask) -> Engine:
    with app.app_context():
        return db.engine


@pytest.fixture
def elsewhere(database_url: str, clock: SettableClock) -> Iterator[Service]:
    """Another worker, whose announcements do not arrive."""
    app = create_app(make_settings(database_url), clock=clock)
    yield app.extensions["qader_sse"]
    dispose(app)


@pytest.fixture
def hers(service: Service, people: dict[str, int]) -> str:
    """The id of a session of noura that this worker, which follows the ends, has cached."""
    opened = service.accounts.sign_in("noura", PASSWORD, None, service.clock())
    service.hub.ended_sessions.catch_up()
    assert is_open(service, opened.id)
    return opened.id


def is_open(service: Service, session_id: str, cache: SessionCache | None = None) -> bool:
    now = service.clock()
    found = (cache or service.session_cache).signed_in(session_id, now, now - LASTS)
    return found is not None


def is_cached(service: Service, engine: Engine, session_id: str) -> bool:
    with counted(engine) as sent:
        assert is_open(service, session_id)
    return sent.statements == 0


def once_a_row_is_read(engine: Engine, happens: Callable[[], object]) -> None:
    """Have something happen after the next statement was answered, and before its row is used."""
    event.listen(engine, "after_cursor_execute", lambda *given: happens(), once=True)


def test_a_session_that_was_asked_for_is_known(service: Service, engine: Engine, hers: str) -> None:
    service.hub.ended_sessions.catch_up()  # a busy machine may have taken a second since the first
    assert is_cached(service, engine, hers)


def test_a_worker_that_does_not_follow_the_ends_asks_each_time(
    service: Service, engine: Engine, people: dict[str, int]
) -> None:
    opened = service.accounts.sign_in("noura", PASSWORD, None, service.clock())
    assert [is_cached(service, engine, opened.id) for _ in range(3)] == [False] * 3


def test_an_end_of_its_own_is_known_at_once(service: Service, hers: str) -> None:
    service.accounts.sign_out(hers, service.clock())
    assert not is_open(service, hers)


def test_an_end_elsewhere_is_known_at_the_next_look(
    service: Service, elsewhere: Service, hers: str
) -> None:
    elsewhere.accounts.sign_out(hers, service.clock())
    service.hub.ended_sessions.catch_up()
    assert not is_open(service, hers)


def test_an_end_elsewhere_is_known_within_a_second_although_no_look_succeeds(
    service: Service, elsewhere: Service, hers: str
) -> None:
    elsewhere.accounts.sign_out(hers, service.clock())
    ended_at = asked_at = time.monotonic()
    while is_open(service, hers):
        assert asked_at < ended_at + 1.1
        time.sleep(0.02)
        asked_at = time.monotonic()  # however long the answer then takes


def test_who_is_erased_is_signed_in_nowhere_by_the_end(
    service: Service, elsewhere: Service, hers: str
) -> None:
    """Or they could still begin a search, or set their name again."""
    elsewhere.administration.personal_data.erase("noura", act(service.clock()))
    assert not is_open(service, hers)


def test_a_gap_in_what_is_announced_leaves_nothing_known(
    service: Service, engine: Engine, hers: str
) -> None:
    other = service.accounts.sign_in("khalid", PASSWORD, None, service.clock()).id
    with unannounced(service):
        service.accounts.sign_out(hers, service.clock())
    service.accounts.sign_out(other, service.clock())
    assert not is_open(service, hers)
    assert not is_open(service, other)


def test_an_end_that_a_comparison_finds_first_leaves_other_sessions_known(
    service: Service, elsewhere: Service, engine: Engine, hers: str
) -> None:
    other = elsewhere.accounts.sign_in("khalid", PASSWORD, None, service.clock())
    elsewhere.accounts.sign_out(other.id, service.clock())
    service.hub.catch_up()  # without Redis, it comes before the look at ends as often as not
    assert is_cached(service, engine, hers)


def test_an_end_that_is_heard_of_while_the_row_is_read_is_not_forgotten(
    service: Service, engine: Engine, hers: str
) -> None:
    service.session_cache.forget([hers])
    once_a_row_is_read(engine, lambda: service.accounts.sign_out(hers, service.clock()))
    assert is_open(service, hers)  # it was, when it was asked for
    assert not is_open(service, hers)


def test_ends_that_may_have_been_missed_while_the_row_is_read_are_not_forgotten(
    service: Service, engine: Engine, hers: str
) -> None:
    def end_and_start_again() -> None:
        with unannounced(service):
            service.accounts.sign_out(hers, service.clock())
        service.hub.ended_sessions.start_again()
        service.hub.ended_sessions.catch_up()

    service.session_cache.forget([hers])
    once_a_row_is_read(engine, end_and_start_again)
    assert is_open(service, hers)
    assert not is_open(service, hers)


def test_a_look_that_was_begun_before_all_was_forgotten_makes_nothing_known(
    service: Service, engine: Engine, hers: str
) -> None:
    once_a_row_is_read(engine, service.hub.ended_sessions.start_again)
    with counted(engine) as sent:
        service.hub.ended_sessions.catch_up()
    assert sent.reads > 2  # it has read the log once more


def test_what_was_read_before_the_ends_are_followed_is_not_kept(
    service: Service, engine: Engine, people: dict[str, int]
) -> None:
    """The first look reads the newest ends only: the one of this session may be older."""
    opened = service.accounts.sign_in("noura", PASSWORD, None, service.clock())
    once_a_row_is_read(engine, service.hub.ended_sessions.catch_up)
    assert is_open(service, opened.id)
    assert not is_cached(service, engine, opened.id)


def test_what_is_read_once_all_was_forgotten_is_not_kept(
    service: Service, engine: Engine, hers: str
) -> None:
    service.hub.ended_sessions.start_again()
    assert [is_cached(service, engine, hers) for _ in range(2)] == [False] * 2


def test_ends_that_were_deleted_before_they_were_read_leave_nothing_known(
    service: Service, elsewhere: Service, clock: SettableClock, hers: str
) -> None:
    elsewhere.accounts.sign_out(hers, clock())
    clock.advance(service.settings.session_retention_seconds + 1)
    elsewhere.sweeper.delete_old()
    service.hub.ended_sessions.catch_up()
    assert not is_open(service, hers)


def test_while_the_database_is_away_nobody_is_signed_in(
    postgres_service: Service, postgres_url: str
) -> None:
    url = make_url(postgres_url)
    with FaultProxy(url.port or 0) as proxy:
        through_proxy = url.set(port=proxy.port).render_as_string(hide_password=False)
        app = create_app(make_settings(through_proxy))
        worker: Service = app.extensions["qader_sse"]
        hers = worker.accounts.sign_in("noura", PASSWORD, None, worker.clock()).id
        worker.hub.ended_sessions.catch_up()
        assert is_open(worker, hers)

        proxy.refuse()
        assert is_open(worker, hers)  # nobody has noticed
        for session_id in ("of somebody else", hers):
            with pytest.raises(StoreAway):
                is_open(worker, session_id)
        proxy.pass_through()
        assert is_open(worker, hers)
        dispose(app)


def test_a_session_runs_out_while_it_is_known(
    service: Service, clock: SettableClock, hers: str
) -> None:
    clock.advance(LASTS.total_seconds() - 0.001)
    assert is_open(service, hers)
    clock.advance(0.001)
    assert not is_open(service, hers)


def test_the_session_of_a_token_runs_out_with_it(
    service: Service, engine: Engine, clock: SettableClock, hers: str, people: dict[str, int]
) -> None:
    soon = clock() + timedelta(seconds=5)
    with service.database.transaction() as tx:
        sessions.open_for_token(tx.connection, "token", people["noura"], clock(), soon, None)
    service.hub.ended_sessions.catch_up()
    assert is_open(service, "token")
    assert is_cached(service, engine, "token")
    clock.advance(5)
    assert not is_open(service, "token")


def test_no_more_are_known_than_the_bound_and_those_used_last(
    service: Service, engine: Engine, people: dict[str, int]
) -> None:
    cache = SessionCache(service.database, max_entries=2, max_seconds=60)
    cache.note_look(time.monotonic())
    names = ("noura", "khalid", "noura")
    ids = [service.accounts.sign_in(n, PASSWORD, None, service.clock()).id for n in names]
    for session_id in (ids[0], ids[1], ids[0], ids[2]):
        assert is_open(service, session_id, cache)
    statements = []
    for session_id in (ids[0], ids[2], ids[1]):
        with counted(engine) as sent:
            assert is_open(service, session_id, cache)
        statements.append(sent.statements)
    assert statements == [0, 0, 1]
