"""Reads a round's duels from the database, without the proxies."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from sqlalchemy import NullPool, create_engine, select, text

from qader_sse.domain.events import Event, challenge_topic
from qader_sse.store.event_log_origin import EventLogOrigin
from qader_sse.store.models import Answer, Challenge, EventRow, Topic

_SESSIONS = text(
    "SELECT count(*) AS found, count(*) FILTER (WHERE state LIKE 'idle in transaction%') AS idle"
    " FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
)


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
    """The database itself: PostgreSQL as a superuser, or the file of SQLite."""

    def __init__(self, url: str) -> None:
        self._engine = create_engine(url, poolclass=NullPool)

    def base(self) -> int:
        """Return the number behind which new topics begin: 0 until commits have been lost."""
        with self._engine.connect() as connection:
            return connection.execute(select(EventLogOrigin.base)).scalar_one()

    def heads(self, challenge_ids: Sequence[int]) -> dict[int, int]:
        names = {challenge_topic(challenge_id): challenge_id for challenge_id in challenge_ids}
        with self._engine.connect() as connection:
            rows = connection.execute(
                select(Topic.name, Topic.head).where(Topic.name.in_(names))
            ).all()
        return {names[row.name]: row.head for row in rows}

    def duel(self, challenge_id: int) -> RecordedDuel:
        topic = challenge_topic(challenge_id)
        with self._engine.connect() as connection:
            status = connection.scalar(select(Challenge.status).where(Challenge.id == challenge_id))
            columns = EventRow.seq, EventRow.type, EventRow.fact, EventRow.created_at
            events = connection.execute(
                select(*columns).where(EventRow.topic == topic).order_by(EventRow.seq)
            )
            log = [
                RecordedEvent(Event(topic, row.seq, row.type, row.fact), row.created_at.timestamp())
                for row in events
            ]
            answers = connection.execute(
                select(Answer.user_id, Answer.question_id, Answer.selected_choice).where(
                    Answer.challenge_id == challenge_id
                )
            )
            choices = {(row.user_id, row.question_id): row.selected_choice for row in answers}
        head = self.heads([challenge_id]).get(challenge_id, 0)
        return RecordedDuel(status or "missing", head, log, choices)

    def sessions(self) -> tuple[int, int]:
        """Return how many connections the service has, and how many are idle in a transaction."""
        if self._engine.dialect.name == "sqlite":
            return 0, 0  # there are none
        with self._engine.connect() as connection:
            row = connection.execute(_SESSIONS).one()
        return row.found, row.idle
