"""How a stream begins: who may watch, from where, and whether with a snapshot."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection

from qader_sse.domain.challenge import FINAL
from qader_sse.domain.events import Event, challenge_topic, detail_fact, user_topic
from qader_sse.domain.presenters import Viewer
from qader_sse.domain.violations import ChallengeNotFound, NotAParticipant
from qader_sse.realtime.streams.log_reader import PAGE_EVENTS
from qader_sse.store import challenges, event_log
from qader_sse.store.challenge_cache import ChallengeCache
from qader_sse.store.challenges import WatchInfo
from qader_sse.store.database import Database
from qader_sse.store.event_log import Bounds

Mode = Literal["snapshot", "resumed", "reset"]


@dataclass(frozen=True, slots=True)
class TopicStart:
    """How a subscription to a topic begins, as the log was when it was read."""

    topic: str
    mode: Mode
    after: int
    head: int
    # What is sent first: a snapshot, or the first page of what the viewer missed.
    events: Sequence[Event] = ()
    is_over: bool = False

    @property
    def cursor(self) -> int:
        """The cursor before the first events."""
        return self.after if self.mode == "resumed" else self.head

    @property
    def is_finished(self) -> bool:
        """Whether nothing will ever come."""
        return self.is_over and self.mode == "resumed" and self.after == self.head

    @property
    def snapshot(self) -> Event | None:
        return self.events[0] if self.events and self.mode != "resumed" else None


class StreamOpener:
    """Resolves viewer, topic and cursor to an opening; refuses those who may not watch."""

    def __init__(
        self, database: Database, cache: ChallengeCache, clock: Callable[[], datetime]
    ) -> None:
        self._database = database
        self._cache = cache
        self._clock = clock

    def challenge(self, challenge_id: int, viewer: Viewer, cursor: int | None) -> TopicStart:
        """Open on a challenge. Raises ChallengeNotFound or NotAParticipant."""
        topic = challenge_topic(challenge_id)
        if cursor is not None:
            # Two looks, not one moment: what comes in between is read too, and in order.
            with self._database.autocommit() as connection:
                standing = challenges.watch_info(connection, challenge_id)
                bounds = _bounds(standing, viewer)
                if bounds.can_serve(cursor):
                    is_over = standing is not None and standing.status in FINAL
                    return _resumed(connection, topic, cursor, bounds, is_over=is_over)
        found = self._cache.read(challenge_id)
        if found is None:
            raise ChallengeNotFound
        challenge, standing = found
        head = _bounds(standing, viewer).head
        # The state as the event that would tell it, numbered by the point it reflects.
        snapshot = Event(topic, head, "challenge.update", detail_fact(challenge, self._clock()))
        mode: Mode = "snapshot" if cursor is None else "reset"
        after = head if cursor is None else cursor
        return TopicStart(topic, mode, after, head, (snapshot,), standing.status in FINAL)

    def notifications(self, viewer: Viewer, cursor: int | None) -> TopicStart:
        """Open on the viewer's own notifications: there is no snapshot of those."""
        topic = user_topic(viewer.user_id)
        with self._database.autocommit() as connection:
            bounds = event_log.bounds(connection, topic)
            if cursor is None:
                return TopicStart(topic, "snapshot", bounds.head, bounds.head)
            if not bounds.can_serve(cursor):
                return TopicStart(topic, "reset", cursor, bounds.head)
            return _resumed(connection, topic, cursor, bounds, is_over=False)


def _resumed(
    connection: Connection, topic: str, cursor: int, bounds: Bounds, *, is_over: bool
) -> TopicStart:
    missed = event_log.read(connection, topic, cursor, PAGE_EVENTS) if cursor < bounds.head else ()
    return TopicStart(topic, "resumed", cursor, bounds.head, missed, is_over)


def _bounds(standing: WatchInfo | None, viewer: Viewer) -> Bounds:
    """Return how far the log reaches, to those who may know."""
    if standing is None:
        raise ChallengeNotFound
    if viewer.user_id not in standing.participant_ids:
        raise NotAParticipant
    return Bounds(standing.head, standing.floor)
