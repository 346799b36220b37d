"""What each statement costs the database, by counts that are the same in every run."""

import json
import re
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

import qader_sse

# SQLite reports each time after so many steps of its virtual machine.
STEPS = 100
_HOME = Path(qader_sse.__file__).parent
_COMMANDS = ("SELECT", "WITH", "UPDATE", "DELETE")
_WRITES = re.compile(r"\b(INSERT INTO|UPDATE \w+ SET|DELETE FROM)\b")


@dataclass(slots=True)
class Sent:
    """A statement, its cost, and the functions of the service that sent it, the innermost first.

    The cost is counted in hundreds of steps on SQLite. On PostgreSQL it is the number of rows that
    were looked at, and for a statement that writes, the number that PostgreSQL expects.
    """

    senders: tuple[str, ...]
    statement: str
    cost: int = 0

    def __str__(self) -> str:
        return f"{self.cost} by {' < '.join(self.senders[:3])}: {self.statement[:2000]}"


@contextmanager
def noted(engine: Engine) -> Iterator[list[Sent]]:
    """Collect what is sent to a database, each with its cost."""
    found: list[Sent] = []
    on_sqlite = engine.dialect.name == "sqlite"

    def before(
        conn: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool
    ) -> None:
        sent = Sent(tuple(_senders()), statement)
        if on_sqlite:
            # What is read later belongs to the statement as well, until the next one is sent.
            cursor.connection.set_progress_handler(lambda: _count(sent), STEPS)
        else:
            sent.cost = _rows(
                cursor, statement, parameters[0] if isinstance(parameters, list) else parameters
            )
        found.append(sent)

    event.listen(engine, "before_cursor_execute", before)
    try:
        yield found
    finally:
        event.remove(engine, "before_cursor_execute", before)


def _count(sent: Sent) -> int:
    sent.cost += 1
    return 0


def _senders() -> Iterator[str]:
    for frame, _ in traceback.walk_stack(None):
        path = Path(frame.f_code.co_filename)
        if path.is_relative_to(_HOME):
            module = ".".join(path.relative_to(_HOME).with_suffix("").parts)
            yield f"{module}.{frame.f_code.co_name}"


def _rows(cursor: Any, statement: str, parameters: Any) -> int:
    if not statement.startswith(_COMMANDS):
        return 0
    # To count what is looked at, PostgreSQL runs the statement: what writes would be done twice.
    options = "FORMAT JSON" if _WRITES.search(statement) else "ANALYZE, TIMING OFF, FORMAT JSON"
    with cursor.connection.cursor() as explained:
        explained.execute(f"EXPLAIN ({options}) {statement}", parameters)
        (plan,) = explained.fetchone()
    (root,) = json.loads(plan) if isinstance(plan, str) else plan
    return sum(_looked_at(node) for node in _nodes(root["Plan"]) if "Relation Name" in node)


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for inner in plan.get("Plans", ()):
        yield from _nodes(inner)


def _looked_at(node: dict[str, Any]) -> int:
    """Return how many rows of a table a step of a plan has looked at, or is expected to."""
    if "Actual Loops" not in node:
        return int(node["Plan Rows"])
    removed = sum(number for name, number in node.items() if name.startswith("Rows Removed"))
    return int((node["Actual Rows"] + removed) * node["Actual Loops"])
