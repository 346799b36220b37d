"""A change of a challenge as its announcement says it: the rows that were written, and the head after it.

Whoever has the challenge as it was before can make of it what it is now, without reading the rows. What
is not written stays as it was, here as in the rows. An announcement does not say who an opponent is or
what the questions are: a challenge that gets either is read. So is one whose change another version has
announced in a way that this one does not know.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import orjson

from qader_sse.domain.challenge import Answer, Challenge
from qader_sse.domain.events import Event
from qader_sse.store import models
from qader_sse.store.column_types import UtcDateTime
from qader_sse.store.row_changes import RowChange

_CHALLENGES, _ATTEMPTS, _ANSWERS = (
    model.__tablename__ for model in (models.Challenge, models.Attempt, models.Answer)
)
_TIMES = {
    model.__tablename__: [
        column.key for column in model.__table__.columns if isinstance(column.type, UtcDateTime)
    ]
    for model in (models.Challenge, models.Attempt, models.Answer)
}
# Columns whose values a challenge has in its attempts, or that no rule reads.
_NOT_OF_THE_CHALLENGE = ("challenger_id", "opponent_id", "ended_at")


class Unreadable(Exception):
    """This version cannot make the change."""


def attach(events: Sequence[Event], changes: Mapping[str, Sequence[RowChange]]) -> None:
    """Have the first event of each topic say which rows were changed with it."""
    heads = {event.topic: event.seq for event in events}
    left = dict(changes)
    for event in events:
        if event.topic in left:
            event.change = _written(left.pop(event.topic), heads[event.topic])


def apply(challenge: Challenge, change: str) -> tuple[Challenge, int]:
    """Return the challenge after a change, and the head of its topic then. Raises Unreadable."""
    try:
        head, rows = orjson.loads(change)
        for table, key, values in rows:
            challenge = _with_row(challenge, table, key, _with_times(table, values))
        return challenge, int(head)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise Unreadable from error


def _written(changes: Sequence[RowChange], head: int) -> str:
    rows = [(change.model.__tablename__, change.key, change.values) for change in changes]
    return orjson.dumps((head, rows)).decode()


def _with_row(
    challenge: Challenge, table: str, key: int | None, values: dict[str, Any]
) -> Challenge:
    if table == _ANSWERS and values.pop("challenge_id") == challenge.id:
        return replace(challenge, answers=(*challenge.answers, Answer(**values)))
    if table == _CHALLENGES and key == challenge.id:
        own = {name: values[name] for name in values if name not in _NOT_OF_THE_CHALLENGE}
        return replace(challenge, **own)
    if table == _ATTEMPTS and key in [attempt.id for attempt in challenge.attempts]:
        attempts = [
            replace(attempt, **values) if attempt.id == key else attempt
            for attempt in challenge.attempts
        ]
        return replace(challenge, attempts=tuple(attempts))
    raise ValueError(table)


def _with_times(table: str, values: dict[str, Any]) -> dict[str, Any]:
    read = {
        name: datetime.fromisoformat(values[name]) for name in _TIMES[table] if values.get(name)
    }
    return values | read
