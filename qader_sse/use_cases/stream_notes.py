"""Writing what a worker has noted of its streams, and reading what is noted of one person's."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from qader_sse.domain.delivery import Fate, LoggedEvent, StreamHistory, fates
from qader_sse.domain.delivery_stories import Gap, Story, gaps, stories
from qader_sse.domain.events import challenge_topic
from qader_sse.domain.facts import Fact
from qader_sse.domain.payloads import Status
from qader_sse.domain.stream_notes import Ending, Look, Opening
from qader_sse.domain.violations import ChallengeNotFound, NotAParticipant
from qader_sse.store import (
    accounts,
    challenges,
    event_log,
    logged_events,
    stream_histories,
    stream_notes,
)
from qader_sse.store.database import Database
from qader_sse.store.event_log import Bounds
from qader_sse.store.retries import retried
from qader_sse.store.stream_histories import OpenStream, WantedStreams
from qader_sse.store.stream_notes import Worker


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a challenge's log and the notes of one person's streams say of each other."""

    challenge_id: int
    status: Status
    username: str
    user_id: int
    bounds: Bounds
    fates: dict[LoggedEvent, list[Fate]]  # of all events in the log, in their order
    streams: list[StreamHistory]
    gaps: list[Gap]
    stories: list[Story]


class StreamNoting:
    """Writes the notes of a worker."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @retried
    def record(
        self,
        worker: Worker,
        openings: Iterable[Opening],
        endings: Iterable[Ending],
        looks: Iterable[Look],
        now: datetime,
    ) -> None:
        """Write these notes, and that the worker is there; to write a note again changes nothing."""
        with self._database.transaction() as tx:
            stream_notes.record(tx.connection, worker, openings, endings, looks, now)


class StreamHistories:
    """Reads the notes of all workers. One that has written nothing for `away_seconds` has ended."""

    def __init__(self, database: Database, away_seconds: float) -> None:
        self._database = database
        self._away = timedelta(seconds=away_seconds)

    def explain(
        self, challenge_id: int, username: str, now: datetime, only: int | None = None
    ) -> Explanation:
        """Return what became of a challenge's events, or of `only` one, for one person.

        Raises UnknownPlayer, ChallengeNotFound and NotAParticipant.
        """
        topic = challenge_topic(challenge_id)
        with self._database.read_transaction() as connection:
            info = challenges.watch_info(connection, challenge_id)
            account = accounts.named(connection, username)
            if info is None:
                raise ChallengeNotFound
            if account.id not in info.participant_ids:
                raise NotAParticipant
            events = logged_events.headers(connection, topic)
            streams = stream_histories.of_topic(connection, account.id, topic, now, self._away)
        found = {event: fates(event, streams) for event in events}
        return Explanation(
            challenge_id,
            info.status,
            account.player.username,
            account.id,
            Bounds(info.head, info.floor),
            found,
            streams,
            gaps(streams),
            stories({e: found[e] for e in events if only in (None, e.seq)}, streams),
        )

    def open_now(self, wanted: WantedStreams, now: datetime) -> list[OpenStream]:
        """Return the open streams for which everything holds that is wanted."""
        with self._database.read_transaction() as connection:
            return stream_histories.open_now(connection, wanted, now - self._away)

    def user_id(self, username: str) -> int:
        """Return a person's id. Raises UnknownPlayer."""
        with self._database.read_transaction() as connection:
            return accounts.named(connection, username).id

    def require_challenge(self, challenge_id: int) -> None:
        """Raise ChallengeNotFound if there is no such challenge."""
        with self._database.autocommit() as connection:
            if challenges.watch_info(connection, challenge_id) is None:
                raise ChallengeNotFound

    def bounds(self, topic: str) -> Bounds:
        with self._database.autocommit() as connection:
            return event_log.bounds(connection, topic)

    def events_after(self, topic: str, cursor: int, limit: int) -> list[tuple[LoggedEvent, Fact]]:
        """Return the next events of a topic after a number, with what they say."""
        with self._database.autocommit() as connection:
            return logged_events.after(connection, topic, cursor, limit)
