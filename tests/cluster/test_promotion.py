"""A real PostgreSQL server is promoted, and notices that it may lack commits."""

import os
import pwd
import shutil
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from cluster.postgres_server import PostgresServer
from qader_sse import create_app
from qader_sse.domain.presenters import Viewer
from qader_sse.service import Service
from qader_sse.store.errors import StoreAway
from qader_sse.store.event_log_origin import LEAP
from tests.conftest import dispose, make_settings
from tests.support.clock import SettableClock
from tests.support.duel import add_users, started_duel


@pytest.fixture
def server(tmp_path: Path) -> Iterator[PostgresServer]:
    with PostgresServer(tmp_path) as server:
        yield server


def query(server: PostgresServer, statement: str) -> str:
    address = server.url.replace("+psycopg", "")
    with psycopg.connect(address, autocommit=True) as connection:
        row = connection.execute(statement.encode()).fetchone()
    assert row is not None
    return str(row[0])


def restart_as_standby(server: PostgresServer) -> None:
    signal = Path(query(server, "SHOW data_directory")) / "standby.signal"
    server.stop()
    signal.touch()
    if os.geteuid() == 0:
        owner = pwd.getpwuid(signal.parent.stat().st_uid)
        shutil.chown(signal, owner.pw_uid, owner.pw_gid)
    server.start()


def test_a_promoted_standby_answers_every_earlier_cursor_with_a_reset(
    server: PostgresServer, clock: SettableClock
) -> None:
    app = create_app(make_settings(server.url), clock=clock)
    service: Service = app.extensions["qader_sse"]
    result = app.test_cli_runner().invoke(args=["set-up"])
    assert result.exit_code == 0, result.output
    noura, _ = add_users(service, "noura", "khalid")
    duel = started_duel(service, noura, "khalid")
    viewer = Viewer(noura, "en")
    service.hub.catch_up()

    restart_as_standby(server)
    with pytest.raises(StoreAway):  # the pool's connections are from before the restart
        service.opener.challenge(duel.id, viewer, 5)
    assert service.opener.challenge(duel.id, viewer, 5).mode == "resumed"  # it has all there was
    assert query(server, "SELECT pg_promote()") == "True"
    service.challenges.answer(duel.id, noura, duel.questions[0].id, "A", None, clock())

    start = service.opener.challenge(duel.id, viewer, 5)
    assert (start.mode, start.cursor > LEAP) == ("reset", True)
    dispose(app)
