"""Commands go by the clock of the database, as all nodes do, and not by that of their machine."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from qader_sse import create_app
from qader_sse.clock import SteadyClock
from qader_sse.domain.presenters import Viewer
from qader_sse.service import Service
from qader_sse.store.audit import WantedEntries
from tests.cli.conftest import Run, runner
from tests.conftest import dispose, make_settings
from tests.support.duel import started_duel, user_id
from tests.support.transports import viewing


@pytest.fixture
def node(postgres_service: Service) -> Iterator[Service]:
    """A node whose clock is right; the tables are those of `postgres_service`."""
    app = create_app(make_settings(postgres_service.settings.database_url))
    yield app.extensions["qader_sse"]
    dispose(app)


@pytest.fixture
def run(node: Service) -> Iterator[Run]:
    """Run commands on a machine whose clock is two minutes ahead."""
    app = create_app(
        make_settings(node.settings.database_url),
        clock=SteadyClock(wall=lambda: datetime.now(UTC) + timedelta(minutes=2)),
    )
    yield runner(app)
    dispose(app)


def test_a_machine_that_is_ahead_lists_who_is_connected_and_what_they_see(
    node: Service, run: Run
) -> None:
    viewer = Viewer(user_id(node, "noura"), "en")
    duel = started_duel(node, viewer.user_id, "khalid")
    with viewing("socket", node, viewer, node.opener.challenge(duel.id, viewer, 5)):
        node.stream_recorder.run_once()
        assert run("who").endswith("1 stream, 1 user, 1 worker\n")
        said = run("explain", str(duel.id), "noura")
    (stream,) = [line for line in said.splitlines() if line.startswith("  A ")]
    assert " open " in stream


def test_an_entry_of_the_audit_log_has_the_time_that_all_nodes_have(
    node: Service, run: Run
) -> None:
    run("users", "enable", "noura")
    (entry,) = node.administration.audit_log.newest(WantedEntries(), 1)
    assert abs(entry.entry.at - node.clock()) < timedelta(seconds=30)
