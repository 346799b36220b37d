"""What workers note of their streams is found by an index, on both databases, however much it is."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, event, text

from qader_sse.service import Service
from qader_sse.store import stream_histories, stream_notes
from qader_sse.store.stream_histories import WantedStreams
from qader_sse.store.stream_notes import Worker
from tests.support.clock import SettableClock
from tests.support.duel import user_id

AWAY = timedelta(seconds=30)
WORKER = Worker("a" * 32, "node", 1)


@pytest.fixture
def noted(service_on_either: Service) -> Service:
    """A service with a note of noura's, whose stream is not open, and with a look."""
    service = service_on_either
    service.hub.notes.caught_up("user:1", 1, 2)
    service.hub.notes.refused(user_id(service, "noura"), "s", "user:1", "sse", "limit")
    service.stream_recorder.run_once()
    return service


def plans_of(connection: Connection) -> list[str]:
    """Collect, from now on, how the database reads tables for each statement, if it can by indexes."""
    plans: list[str] = []
    on_sqlite = connection.dialect.name == "sqlite"
    explain = "EXPLAIN QUERY PLAN " if on_sqlite else "EXPLAIN "
    if not on_sqlite:
        connection.execute(
            text("SET LOCAL enable_seqscan = off")
        )  # tables of a few rows are scanned

    def note(
        conn: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool
    ) -> None:
        if statement.startswith(("SELECT", "UPDATE", "DELETE")):
            cursor.execute(explain + statement, parameters[0] if many else parameters)
            plans.append("\n".join(row[-1] for row in cursor.fetchall()))

    event.listen(connection, "before_cursor_execute", note)
    return plans


def scanned(plans: list[str]) -> list[str]:
    """Return the plans that read a whole table. The index of open streams may be read whole."""
    open_alone = "SCAN stream_notes USING INDEX ix_stream_notes_open"
    read = [plan.replace(open_alone, "") for plan in plans]
    return [plan for plan in read if "SCAN stream" in plan or "Seq Scan on stream" in plan]


def test_reading_the_notes_of_a_person_and_of_open_streams_scans_no_table(
    noted: Service, clock: SettableClock
) -> None:
    noura, now = user_id(noted, "noura"), clock()
    with noted.database.read_transaction() as connection:
        plans = plans_of(connection)
        assert len(stream_histories.of_topic(connection, noura, "user:1", now, AWAY)) == 1
        for wanted in (
            WantedStreams(),
            WantedStreams(user_id=noura),
            WantedStreams(topic="user:1", node="node"),
        ):
            assert stream_histories.open_now(connection, wanted, now - AWAY) == []
    assert len(plans) == 5
    assert scanned(plans) == []


def test_writing_and_deleting_notes_scans_no_table(noted: Service, clock: SettableClock) -> None:
    later = clock() + timedelta(days=1)
    with noted.database.transaction() as tx:
        plans = plans_of(tx.connection)
        assert stream_notes.delete_old(tx.connection, later, later, 100) == 1
        assert stream_notes.delete_old_looks(tx.connection, later, 100) == 2
    assert len(plans) == 6
    assert scanned(plans) == []
