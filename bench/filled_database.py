"""Fills a database as much use by others would: every table that grows, by few statements.

The database computes the rows, because sending a million of them would take minutes. What was there
before stays as it is, and none of the new rows refers to it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, insert, text

from qader_sse.store.models import Presence

_FILE = Path(__file__).with_suffix(".sql").read_text()
_NUMBERS = (
    "WITH RECURSIVE numbers (i) AS"
    " (SELECT 1 UNION ALL SELECT i + 1 FROM numbers WHERE i < {count}) "
)
# Everything was in the last days, so that nothing is past its retention.
_MINUTES = 6 * 24 * 60
_AGO = {
    "sqlite": "strftime('%Y-%m-%d %H:%M:%f000', '{now}', ((({share}) - 1) * {minutes}) || ' minutes')",
    "postgresql": "(timestamptz '{now}+00' + (({share}) - 1) * interval '{minutes} minutes')",
}


@dataclass(frozen=True, slots=True)
class Sizes:
    """The people and the challenges, on which all else depends, and how many are online."""

    people: int
    challenges: int
    online: int = 0


def fill(connection: Connection, sizes: Sizes, now: datetime) -> None:
    """Add what these others have left by a time."""
    if connection.dialect.name == "postgresql":
        # PostgreSQL looks up each row that a new one refers to, which would take half of the time.
        connection.execute(text("SET LOCAL session_replication_role = replica"))
    people, of_people, challenges, of_challenges = _parts()
    counts = {"people": sizes.people, "challenges": sizes.challenges}
    _run(connection, people, sizes.people, now, **counts)
    counts["user"] = _highest(connection, "users") - sizes.people
    _run(connection, of_people, sizes.people, now, **counts)
    _run(connection, challenges, sizes.challenges, now, **counts)
    counts["challenge"] = _highest(connection, "challenges") - sizes.challenges
    _run(connection, of_challenges, sizes.challenges, now, **counts)
    if sizes.online:
        ids = range(counts["user"] + 1, counts["user"] + 1 + sizes.online)
        connection.execute(
            insert(Presence).values(worker="another", user_ids=list(ids), seen_at=now)
        )
    if connection.dialect.name == "postgresql":
        connection.execute(text("ANALYZE"))  # as autovacuum does soon; SQLite is served without


def _parts() -> Iterator[list[str]]:
    for part in re.split(r"^--.*\n", _FILE, flags=re.MULTILINE):
        if part.strip():
            yield [statement for statement in part.split(";\n") if statement.strip()]


def _run(
    connection: Connection, statements: list[str], count: int, now: datetime, **counts: int
) -> None:
    """Run statements of the file, in which `numbers` goes up to a count."""
    ago = _AGO[connection.dialect.name]
    at = now.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
    for statement in statements:
        with_moments = re.sub(
            r"ago\((.*?)\)",
            lambda found: ago.format(share=found[1], now=at, minutes=_MINUTES),
            statement.format(**counts),
        )
        connection.execute(text(_NUMBERS.format(count=count) + with_moments))


def _highest(connection: Connection, table: str) -> int:
    found: int = connection.scalar(text(f"SELECT max(id) FROM {table}"))  # noqa: S608  # ours
    return found
