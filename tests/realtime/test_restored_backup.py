"""A base backup that was started without an archive, under a running worker, keeps its identity.

The worker still knows how far the log of changes had been written before.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from cluster.postgres_server import PostgresServer
from qader_sse import create_app
from qader_sse.domain.events import challenge_topic
from qader_sse.domain.presenters import Viewer
from qader_sse.service import Service
from qader_sse.store import event_log, event_log_origin
from qader_sse.store.errors import StoreUnavailable
from qader_sse.store.event_log_origin import LEAP
from tests.conftest import dispose, make_settings
from tests.support.clock import SettableClock
from tests.support.duel import add_users, started_duel

pytestmark = pytest.mark.programs


@contextmanager
def worker(server: PostgresServer, clock: SettableClock) -> Iterator[Service]:
    """A worker that has caught up, as after its start."""
    app = create_app(make_settings(server.url), clock=clock)
    service: Service = app.extensions["qader_sse"]
    service.hub.catch_up()
    try:
        yield service
    finally:
        dispose(app)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[PostgresServer]:
    with PostgresServer(tmp_path) as server:
        app = create_app(make_settings(server.url))
        result = app.test_cli_runner().invoke(args=["set-up"])
        assert result.exit_code == 0, result.output
        dispose(app)
        yield server


def again_after_the_break(action: Callable[[], None]) -> None:
    """The connections of the pool broke with the server, which the first use of one may show."""
    with suppress(StoreUnavailable):
        return action()
    return action()


def identity(service: Service) -> str | None:
    with service.database.autocommit() as connection:
        return event_log_origin.read(connection).present


def head(service: Service, topic: str) -> int:
    with service.database.autocommit() as connection:
        return event_log.bounds(connection, topic).head


@pytest.mark.claim("S8")
@pytest.mark.parametrize("notices", ["first write", "next comparison"])
def test_no_cursor_from_before_the_restore_is_served(
    server: PostgresServer, clock: SettableClock, notices: str
) -> None:
    with worker(server, clock) as service, worker(server, clock) as other:
        noura, khalid = add_users(service, "noura", "khalid")
        duel = started_duel(service, noura, "khalid")
        topic = challenge_topic(duel.id)
        before = identity(service)
        server.back_up()

        def answer(number: int) -> None:
            question = duel.questions[number].id
            service.challenges.answer(duel.id, khalid, question, "A", None, clock())

        answer(0)
        service.hub.catch_up()
        other.hub.catch_up()
        assert head(service, topic) == 7
        server.restore()
        # Others write too: when the worker looks, the log of changes is longer than it ever was.
        server.query("SELECT pg_switch_wal()")
        again_after_the_break(
            (lambda: answer(1)) if notices == "first write" else service.hub.catch_up
        )
        assert identity(service) == before
        answer(2)
        # The other worker notices the loss, too, and does not raise the numbers a second time.
        again_after_the_break(other.hub.catch_up)
        answer(3)
        assert LEAP < head(service, topic) < 2 * LEAP
        modes = {other.opener.challenge(duel.id, Viewer(noura, "en"), n).mode for n in range(20)}
        assert modes == {"reset"}


def test_a_crash_that_loses_nothing_resets_nothing(
    server: PostgresServer, clock: SettableClock
) -> None:
    with worker(server, clock) as service:
        noura, _ = add_users(service, "noura", "khalid")
        duel = started_duel(service, noura, "khalid")
        service.hub.catch_up()
        server.kill()
        server.start()
        again_after_the_break(service.hub.catch_up)
        assert service.opener.challenge(duel.id, Viewer(noura, "en"), 2).mode == "resumed"
