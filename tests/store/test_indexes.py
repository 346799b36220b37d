"""Queries of one user read that user's rows, however many rows the table has."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Connection, event, text

from qader_sse.service import Service
from qader_sse.store import challenge_queries, matchmaking
from qader_sse.store.challenge_queries import Filters
from tests.support.clock import SettableClock
from tests.support.duel import add_users, user_id

FILTERS = [
    Filters(challenge_type="quick_quant_10"),
    Filters(challenge_type="quick_quant_10", status="completed"),
    Filters(challenge_type="quick_quant_10", status="pending_matchmaking"),
    Filters(opponent_username="khalid", challenge_type="quick_quant_10"),
    Filters(),
]

OPEN_SEARCHES = {"ix_challenges_seekers", "ix_challenges_waiting"}
# For a list of open searches, PostgreSQL may read all of them: they are few.
BY_USER = {"ix_challenges_challenger_id", "ix_challenges_opponent_id", *OPEN_SEARCHES}
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
        ),
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
        if statement.startswith("SELECT"):
            cursor.execute(explain + statement, parameters)
            plans.append([row[-1] for row in cursor.fetchall()])

    event.listen(connection, "before_cursor_execute", note)
    try:
        yield plans
    finally:
        event.remove(connection, "before_cursor_execute", note)


def indexes(plan: Plan) -> set[str]:
    """Return the indexes of challenges by which a plan reads them. Fails if it reads all."""
    assert not [step for step in plan if re.search(r"SCAN challenges|Seq Scan on challenges", step)]
    used = re.compile(
        r"(?:INDEX|Scan using|Scan on|USING INTEGER) (PRIMARY KEY|[ip][xk]_challenges\w*)"
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


def test_matchmaking_reads_only_open_searches(filled: Service, clock: SettableClock) -> None:
    noura = user_id(filled, "noura")
    with filled.database.read_transaction() as connection, explained(connection) as plans:
        matchmaking.waiting_for(connection, "quick_quant_10", noura, clock(), clock(), 20)

    assert indexes(plans[0]) & OPEN_SEARCHES
