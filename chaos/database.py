"""Reads a round's duels from the database, without the proxies."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import psycopg

from qader_sse.domain.events import Event, challenge_topic


@dataclass(frozen=True, slots=True)
class RecordedEvent:
    """An event of the log, and its `created_at` as seconds of the wall clock."""

    event: Event
    at: float


@dataclass(frozen=True, slots=True)
class RecordedDuel:
    """One duel as the database holds it."""

    status: str
    head: int
    log: list[RecordedEvent]
    # Choices by user and question.
    answers: dict[tuple[int, int], str]

    def leaps(self, began_after: int) -> int:
        """Count the gaps in the log's numbers, also before the first number and up to the head."""
        numbers = [began_after, *(recorded.event.seq for recorded in self.log)]
        leaps = sum(seq != previous + 1 for previous, seq in pairwise(numbers))
        return leaps + (numbers[-1] != self.head)


class Database:
    """The PostgreSQL server, queried as a superuser."""

    def __init__(self, url: str) -> None:
        self._url = url.replace("+psycopg", "", 1)

    def base(self) -> int:
        """Return the number behind which new topics begin: 0 until commits have been lost."""
        with self._connect() as connection:
            (base,) = connection.execute("SELECT base FROM event_log_origin").fetchone() or (0,)
        return int(base)

    def heads(self, challenge_ids: Sequence[int]) -> dict[int, int]:
        names = {challenge_topic(challenge_id): challenge_id for challenge_id in challenge_ids}
        with self._connect() as connection:
            rows = connection.execute(
                "SELECT name, head FROM topics WHERE name = ANY(%s)", [list(names)]
            )
            return {names[name]: head for name, head in rows}

    def duel(self, challenge_id: int) -> RecordedDuel:
        topic = challenge_topic(challenge_id)
        with self._connect() as connection:
            (status,) = connection.execute(
                "SELECT status FROM challenges WHERE id = %s", [challenge_id]
            ).fetchone() or ("missing",)
            events = connection.execute(
                "SELECT seq, type, fact, extract(epoch FROM created_at)::float8 FROM events"
                " WHERE topic = %s ORDER BY seq",
                [topic],
            )
            log = [
                RecordedEvent(Event(topic, seq, type_, fact), at) for seq, type_, fact, at in events
            ]
            answers = connection.execute(
                "SELECT user_id, question_id, selected_choice FROM answers WHERE challenge_id = %s",
                [challenge_id],
            )
            choices = {(user, question): choice for user, question, choice in answers}
        return RecordedDuel(status, self.heads([challenge_id]).get(challenge_id, 0), log, choices)

    def sessions(self) -> tuple[int, int]:
        """Return how many connections the service has, and how many are idle in a transaction."""
        with self._connect() as connection:
            row = connection.execute(
                "SELECT count(*), count(*) FILTER (WHERE state LIKE 'idle in transaction%%')"
                " FROM pg_stat_activity"
                " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()",
                [],
            ).fetchone()
        sessions, idle_in_transaction = row or (0, 0)
        return sessions, idle_in_transaction

    def _connect(self) -> psycopg.Connection[tuple[Any, ...]]:
        return psycopg.connect(self._url, autocommit=True)
