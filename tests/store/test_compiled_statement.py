"""A statement that goes straight to the driver means what it means to SQLAlchemy, on both engines."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Integer, Select, bindparam, literal, select

from qader_sse.domain.events import Draft
from qader_sse.service import Service
from qader_sse.store import event_log
from qader_sse.store.compiled_statement import CompiledStatement
from qader_sse.store.models import Answer, Attempt, EventRow


def run(
    service: Service, statement: Select[*tuple[Any, ...]], **values: object
) -> list[tuple[Any, ...]]:
    with service.database.autocommit() as connection:
        return CompiledStatement(statement).run(connection, values)


def test_values_go_and_come_back_as_those_of_their_columns(service_on_either: Service) -> None:
    values = {
        "created_at": datetime(2026, 1, 1, 12, 0, 0, 250, tzinfo=UTC),
        "fact": {"answers": [1, None, "ب"]},
        "time_taken_seconds": 1.25,
        "is_ready": True,
    }
    columns = (EventRow.created_at, EventRow.fact, Answer.time_taken_seconds, Attempt.is_ready)
    statement = select(*(bindparam(column.key, type_=column.type) for column in columns))
    ((*found,),) = run(service_on_either, statement, **values)
    assert found == list(values.values())
    assert found[-1] is True


def test_a_parameter_may_come_twice_and_beside_literals(service_on_either: Service) -> None:
    number = bindparam("number", type_=Integer)
    statement = select(number, literal("%s"), number + 1).limit(1)
    assert run(service_on_either, statement, number=6) == [(6, "%s", 7)]


def test_in_a_transaction_all_see_the_same_moment(service_on_either: Service) -> None:
    database = service_on_either.database
    draft = Draft("challenge:1", "participant.update", {})
    with database.read_transaction() as connection:
        before = event_log.bounds(connection, draft.topic)
        with database.transaction() as tx:
            tx.append([draft], datetime.now(UTC))
        assert event_log.bounds(connection, draft.topic) == before
    with database.autocommit() as connection:
        assert event_log.bounds(connection, draft.topic).head == before.head + 1
