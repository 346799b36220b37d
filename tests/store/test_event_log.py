"""The event log has the numbers 1 … n in each topic, in the order of commits, on both databases."""

import random
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Connection, create_engine, delete, select, update
from sqlalchemy.event import listen

from qader_sse.domain.events import Draft, Event
from qader_sse.store import event_log, event_log_origin, event_pages
from qader_sse.store.database import Database
from qader_sse.store.event_log_origin import LEAP, EventLogOrigin, OriginChanged
from qader_sse.store.models import EventRow, Topic

NOW = datetime(2026, 1, 1, tzinfo=UTC)
WRITERS, TURNS = 20, 15


class Rollback(Exception):
    """Raised inside a transaction on purpose."""


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.programs)])
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    name = "database_url" if request.param == "sqlite" else "postgres_url"
    engine = create_engine(request.getfixturevalue(name), pool_size=WRITERS)
    database = Database(engine, announce=lambda events: None)
    with engine.begin() as connection:
        connection.execute(delete(EventRow))
        connection.execute(delete(Topic))
    yield database
    engine.dispose()


def draft(topic: str, note: object) -> Draft:
    return Draft(topic, "participant.update", {"note": note})


def run_all(work: Callable[[int], None], count: int) -> None:
    failures: list[BaseException] = []

    def guarded(number: int) -> None:
        try:
            work(number)
        except BaseException as failure:  # noqa: BLE001  # shown by the assertion below
            failures.append(failure)

    threads = [threading.Thread(target=guarded, args=(n,)) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


@pytest.mark.claim("S5")
def test_twenty_writers_with_random_rollbacks_leave_no_gap_in_the_numbers(
    database: Database,
) -> None:
    committed: list[tuple[int, int]] = []

    def write(writer: int) -> None:
        chance = random.Random(writer)
        for turn in range(TURNS):
            try:
                with database.transaction() as tx:
                    drafts = [draft("challenge:1", (writer, turn))] * chance.randint(1, 3)
                    tx.append(drafts, NOW)
                    if chance.random() < 0.4:
                        raise Rollback
                committed.extend([(writer, turn)] * len(drafts))
            except Rollback:
                pass

    run_all(write, WRITERS)

    with database.read_transaction() as connection:
        events = event_pages.read(connection, "challenge:1", 0, limit=10_000)
        bounds = event_log.bounds(connection, "challenge:1")
    assert [event.seq for event in events] == list(range(1, len(committed) + 1))
    assert bounds.head == len(committed)
    assert sorted(tuple(event.fact["note"]) for event in events) == sorted(committed)


def test_numbers_follow_commit_order(database: Database) -> None:
    """A reader that sees number n sees every number below it, which a cursor relies on."""
    finished = threading.Event()
    seen_holes: list[list[int]] = []

    def watch() -> None:
        while not finished.is_set():
            with database.read_transaction() as connection:
                seqs = [
                    event.seq for event in event_pages.read(connection, "challenge:1", 0, 10_000)
                ]
            if seqs != list(range(1, len(seqs) + 1)):
                seen_holes.append(seqs)

    def write(writer: int) -> None:
        for turn in range(TURNS):
            with database.transaction() as tx:
                tx.append([draft("challenge:1", (writer, turn))], NOW)

    watcher = threading.Thread(target=watch)
    watcher.start()
    run_all(write, 8)
    finished.set()
    watcher.join()
    assert seen_holes == []


def test_appending_to_the_same_topics_in_opposite_orders_causes_no_deadlock(
    database: Database,
) -> None:
    topics = ["challenge:1", "user:1", "user:2"]

    def write(writer: int) -> None:
        ordered = topics if writer % 2 else topics[::-1]
        for turn in range(TURNS):
            with database.transaction() as tx:
                tx.append([draft(topic, (writer, turn)) for topic in ordered], NOW)

    run_all(write, 8)

    with database.read_transaction() as connection:
        assert event_log.heads(connection, topics) == dict.fromkeys(topics, 8 * TURNS)


def test_events_of_one_transaction_keep_their_order_and_each_topic_its_numbers(
    database: Database,
) -> None:
    with database.transaction() as tx:
        tx.append([draft("user:1", "a"), draft("challenge:1", "b"), draft("user:1", "c")], NOW)

    numbered = [(event.topic, event.seq, event.fact["note"]) for event in tx.events]
    assert numbered == [("challenge:1", 1, "b"), ("user:1", 1, "a"), ("user:1", 2, "c")]


def test_read_returns_a_page_after_the_cursor(database: Database) -> None:
    with database.transaction() as tx:
        tx.append([draft("challenge:1", n) for n in range(1, 8)], NOW)

    with database.read_transaction() as connection:
        pages = [
            seqs(event_pages.read(connection, "challenge:1", after, 3))
            for after in (0, 3, 6, 7, 99)
        ]
    assert pages == [[1, 2, 3], [4, 5, 6], [7], [], []]


@pytest.mark.parametrize(
    ("cursor", "served"), [(3, False), (4, True), (5, True), (7, True), (8, False)]
)
def test_a_cursor_is_served_from_floor_to_head(cursor: int, served: bool) -> None:
    assert event_log.Bounds(head=7, floor=4).can_serve(cursor) is served


def test_a_topic_without_events_is_empty(database: Database) -> None:
    with database.read_transaction() as connection:
        assert event_log.bounds(connection, "challenge:404") == event_log.Bounds(head=0, floor=0)
        assert event_log.heads(connection, ["challenge:404"]) == {}


def test_a_read_transaction_does_not_see_later_commits(database: Database) -> None:
    with database.read_transaction() as connection:
        before = event_log.bounds(connection, "challenge:1").head
        with database.transaction() as tx:
            tx.append([draft("challenge:1", "meanwhile")], NOW)
        assert event_pages.read(connection, "challenge:1", before, 10) == []
        assert stored_events(connection) == 0


def stored_events(connection: Connection) -> int:
    return len(connection.scalars(select(EventRow.seq)).all())


def seqs(events: list[Event]) -> list[int]:
    return [event.seq for event in events]


@pytest.mark.programs
def test_what_is_issued_while_a_loss_is_noticed_is_undone(postgres_url: str) -> None:
    """Its number is one of those before the leap, though the loss is known when the answer comes."""
    engine = create_engine(postgres_url)
    database = Database(engine, announce=lambda events: None)

    losses = ["a loss"]

    def notice(*sent: Any) -> None:
        if losses and sent[2].startswith("INSERT INTO topics"):
            losses.clear()
            database.check_origin()

    with database.autocommit() as connection:
        seen = event_log_origin.seen(connection)
    seen.started, seen.written = "before the server started again", 10**18
    listen(engine, "after_cursor_execute", notice)
    try:
        with pytest.raises(OriginChanged), database.transaction() as tx:
            tx.append([draft("challenge:1", "early")], NOW)
        with database.transaction() as tx:
            (late,) = tx.append([draft("challenge:1", "late")], NOW)
        assert late.seq > LEAP
    finally:
        with engine.begin() as connection:  # other tests count from 1
            connection.execute(update(EventLogOrigin).values(identity="", base=0))
        engine.dispose()
