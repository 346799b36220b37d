"""No query reads a growing table from its beginning to its end, however many rows it has."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, PrimaryKeyConstraint, UniqueConstraint, bindparam, event, text

from qader_sse.extensions import Base
from qader_sse.service import Service
from qader_sse.store import (
    challenge_queries,
    deletion,
    drawing,
    idempotency,
    matchmaking,
    missed_matches,
    presence,
    recent_challenges,
    records,
)
from qader_sse.store.challenge_queries import Filters
from qader_sse.store.column_types import UtcDateTime
from qader_sse.store.records import Record
from tests.support.clock import SettableClock
from tests.support.duel import PASSWORD, add_users, play_to_the_end, started_duel, user_id

FILTERS = [
    Filters(challenge_type="quick_quant_10"),
    Filters(challenge_type="quick_quant_10", status="completed"),
    Filters(challenge_type="quick_quant_10", status="pending_matchmaking"),
    Filters(opponent_username="khalid", challenge_type="quick_quant_10"),
    Filters(),
]

OPEN_SEARCHES = {"ix_challenges_seekers", "ix_challenges_waiting"}
OPEN_DUELS = {"ix_challenges_open_of", "ix_challenges_open_with"}
# To list one user's open searches, PostgreSQL may read those of all users: they are few.
BY_USER = {
    "ix_challenges_of",
    "ix_challenges_with",
    "ix_challenges_between",
    *OPEN_SEARCHES,
}
UNIQUE = (PrimaryKeyConstraint, UniqueConstraint)
BY_ID = {"pk_challenges", "PRIMARY KEY"}

Plan = list[str]


@pytest.fixture
def filled(service_on_either: Service, clock: SettableClock) -> Service:
    """Twenty thousand completed challenges of two others, and seven of noura."""
    service = service_on_either
    salma, huda = add_users(service, "salma", "huda")
    noura, khalid = user_id(service, "noura"), user_id(service, "khalid")
    with service.database.transaction() as tx:
        fill(tx.connection, salma, huda, 20_000, clock)
        fill(tx.connection, noura, khalid, 7, clock)
        if tx.connection.dialect.name == "postgresql":
            tx.connection.execute(text("ANALYZE challenges"))
    return service


def fill(
    connection: Connection, challenger_id: int, opponent_id: int, count: int, clock: SettableClock
) -> None:
    connection.execute(
        text(
            "INSERT INTO challenges (challenge_type, status, challenger_id, opponent_id,"
            " question_ids, created_at)"
            " WITH RECURSIVE numbers (number) AS"
            " (SELECT 1 UNION ALL SELECT number + 1 FROM numbers WHERE number < :count)"
            " SELECT 'quick_quant_10', 'completed', :challenger_id, :opponent_id, '[]', :now"
            " FROM numbers"
        ).bindparams(bindparam("now", type_=UtcDateTime)),
        {
            "count": count,
            "challenger_id": challenger_id,
            "opponent_id": opponent_id,
            "now": clock(),
        },
    )


@contextmanager
def explained(connection: Connection) -> Iterator[list[Plan]]:
    """Collect how the database plans to run each statement that is sent meanwhile."""
    plans: list[Plan] = []
    on_sqlite = connection.dialect.name == "sqlite"
    explain = "EXPLAIN QUERY PLAN " if on_sqlite else "EXPLAIN "

    def note(
        conn: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool
    ) -> None:
        if statement.startswith(("SELECT", "WITH", "UPDATE", "DELETE")):
            cursor.execute(explain + statement, parameters)
            plans.append([row[-1] for row in cursor.fetchall()])

    event.listen(connection.engine, "before_cursor_execute", note)
    try:
        yield plans
    finally:
        event.remove(connection.engine, "before_cursor_execute", note)


def indexes(plan: Plan) -> set[str]:
    """Return the indexes of challenges by which a plan reads them. Fails if it reads all."""
    assert not [step for step in plan if re.search(r"SCAN challenges|Seq Scan on challenges", step)]
    used = re.compile(
        r"(?:INDEX|Scan(?: Backward)? using|Scan on|USING INTEGER) (PRIMARY KEY|[ip][xk]_challenges\w*)"
    )
    return {name for step in plan for name in used.findall(step)}


def test_the_list_of_a_user_reads_only_challenges_of_that_user(filled: Service) -> None:
    noura = user_id(filled, "noura")
    with filled.database.read_transaction() as connection, explained(connection) as plans:
        for filters in FILTERS:
            challenge_queries.page(connection, noura, filters, 0, 20)

    assert len(plans) == 2 * len(FILTERS)
    for plan in plans:
        assert indexes(plan) & BY_USER
        assert indexes(plan) <= BY_USER | BY_ID


def test_the_latest_challenges_of_two_people_are_read_from_theirs(
    filled: Service, clock: SettableClock
) -> None:
    noura, khalid = user_id(filled, "noura"), user_id(filled, "khalid")
    with filled.database.read_transaction() as connection, explained(connection) as plans:
        drawing.seen_lately(connection, [noura, khalid], clock())
        recent_challenges.of(connection, [noura, khalid], clock())

    for plan in plans:
        assert indexes(plan)
        assert indexes(plan) <= BY_USER


def test_matchmaking_reads_only_open_searches(filled: Service, clock: SettableClock) -> None:
    noura = user_id(filled, "noura")
    with filled.database.read_transaction() as connection, explained(connection) as plans:
        matchmaking.waiting_for(connection, "quick_quant_10", noura, clock(), clock(), 20)
        matchmaking.online_seekers(connection, clock(), clock(), 1_000)

    waiting, online = map(indexes, plans)
    assert waiting & OPEN_SEARCHES
    assert waiting & OPEN_DUELS
    assert online & OPEN_SEARCHES
    assert "users" not in str(plans[1])  # there may be a thousand, each of whom would take a look


def test_whether_somebody_may_search_is_read_from_few_of_their_challenges(
    filled: Service, clock: SettableClock
) -> None:
    salma = user_id(filled, "salma")
    with filled.database.read_transaction() as connection, explained(connection) as plans:
        matchmaking.engagements(connection, salma, clock())
        missed_matches.of(connection, salma, clock())

    assert indexes(plans[0]) <= OPEN_DUELS | OPEN_SEARCHES
    if connection.dialect.name == "sqlite":  # PostgreSQL decides by how many attempts there are
        assert indexes(plans[1]) <= BY_USER
        assert "ix_attempts_user_id" not in str(plans)
    else:
        assert indexes(plans[1]) <= {*BY_USER, "pk_challenges"}


def test_the_record_of_two_people_is_counted_in_an_index(filled: Service) -> None:
    noura, khalid, salma, huda = (
        user_id(filled, name) for name in ("noura", "khalid", "salma", "huda")
    )
    with filled.database.read_transaction() as connection, explained(connection) as plans:
        assert records.between(connection, noura, khalid) == Record(0, 0, 7)

    assert indexes(plans[0]) == {"ix_challenges_between"}
    if connection.dialect.name == "sqlite":  # PostgreSQL decides by how much is vacuumed
        assert "COVERING INDEX ix_challenges_between" in plans[0][0]
    with filled.database.read_transaction() as connection:
        assert records.between(connection, salma, huda) == Record(0, 0, 20_000)


def test_presence_reads_only_duels_that_are_to_be_played_or_are(filled: Service) -> None:
    users = [user_id(filled, name) for name in ("salma", "huda", "noura", "khalid")]
    with filled.database.read_transaction() as connection, explained(connection) as plans:
        presence.outdated(connection, users, [])

    found = " ".join(plans[0])
    assert re.findall(r"ix_challenges_\w+|ix_attempts_\w+", found) == ["ix_challenges_playing"]


def test_what_is_past_its_retention_is_found_by_indexes(
    service_on_either: Service, clock: SettableClock
) -> None:
    service, now = service_on_either, clock()
    play_to_the_end(service, started_duel(service, user_id(service, "noura"), "khalid"))
    service.accounts.sign_out(service.accounts.sign_in("noura", PASSWORD, None, now).id, now)
    later = now + timedelta(seconds=1)
    with service.database.transaction() as tx:
        connection = tx.connection
        if connection.dialect.name == "postgresql":
            # PostgreSQL would read these nearly empty tables as a whole, whatever the indexes.
            connection.execute(text("SET LOCAL enable_seqscan = off"))
        with explained(connection) as plans:
            deleted = [
                deletion.trim_challenges(connection, later, now, 20),
                deletion.trim_notifications(connection, later, 20),
                deletion.trim_sign_outs(connection, later, 20),
                deletion.delete_sessions(connection, later, later, 20),
                idempotency.forget(connection, later, 20),
                deletion.delete_challenges(connection, later, 20),
            ]
            deletion.date_endings(connection, now, 20)

    assert deleted == [1, 2, 1, 1, 0, 1]
    assert [
        step for plan in plans for step in plan if re.search(r"^SCAN [a-z]|Seq Scan", step)
    ] == []
    found = " ".join(step for plan in plans for step in plan)
    for index in (
        "ix_challenges_untrimmed",
        "ix_challenges_ended",
        "ix_events_notifications",
        "ix_login_sessions_created_at",
        "ix_login_sessions_ended_at",
        "ix_login_sessions_expires_at",
        "ix_idempotency_keys_created_at",
    ):
        assert index in found


def test_references_to_what_is_deleted_are_found_by_indexes() -> None:
    """For each deleted row, the database looks for rows that refer to it."""
    references = [
        reference
        for table in Base.metadata.tables.values()
        for reference in table.foreign_keys
        if reference.column.table.name in ("challenges", "login_sessions")
    ]
    assert references
    for reference in references:
        table = reference.parent.table
        keys = [key for key in table.constraints if isinstance(key, UNIQUE)]
        assert reference.parent.name in {
            next(iter(i.columns)).name for i in [*table.indexes, *keys]
        }
