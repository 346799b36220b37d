"""Opens the topics that clients may follow: who is allowed to, and what the snapshot is.

Of the streams, this module alone knows challenges.
"""

from collections.abc import Callable
from datetime import datetime

from qader_sse.domain.challenge import FINAL
from qader_sse.domain.events import Event, challenge_topic, detail_fact, user_topic
from qader_sse.domain.presenters import Viewer
from qader_sse.domain.violations import ChallengeNotFound, NotAParticipant
from qader_sse.realtime.streams.topic_start import Mode, TopicStart, resume
from qader_sse.store import challenges, event_log
from qader_sse.store.challenge_cache import ChallengeCache
from qader_sse.store.challenges import WatchInfo
from qader_sse.store.database import Database
from qader_sse.store.event_log import Bounds


class StreamOpener:
    """Reads how a subscription to a topic begins, for a viewer with or without a cursor."""

    def __init__(
        self, database: Database, cache: ChallengeCache, clock: Callable[[], datetime]
    ) -> None:
        self._database = database
        self._cache = cache
        self._clock = clock

    def challenge(self, challenge_id: int, viewer: Viewer, cursor: int | None) -> TopicStart:
        """Open a challenge. Raises ChallengeNotFound, NotAParticipant and StoreUnavailable."""
        topic = challenge_topic(challenge_id)
        if cursor is not None:
            # Two statements without a transaction: an event committed in between is read as well.
            with self._database.autocommit() as connection:
                info = challenges.watch_info(connection, challenge_id)
                bounds = _bounds(info, viewer)
                if bounds.can_serve(cursor):
                    is_over = info is not None and info.status in FINAL
                    return resume(connection, topic, cursor, bounds, is_over=is_over)
        found = self._cache.read(challenge_id)
        if found is None:
            raise ChallengeNotFound
        challenge, info = found
        head = _bounds(info, viewer).head
        # The snapshot is an event that was never appended, with the number of the last one in it.
        snapshot = Event(topic, head, "challenge.update", detail_fact(challenge, self._clock()))
        mode: Mode = "snapshot" if cursor is None else "reset"
        after = head if cursor is None else cursor
        return TopicStart(topic, mode, after, head, (snapshot,), info.status in FINAL)

    def notifications(self, viewer: Viewer, cursor: int | None) -> TopicStart:
        """Open the viewer's own notifications; of these there is no snapshot.

        Raises StoreUnavailable.
        """
        topic = user_topic(viewer.user_id)
        with self._database.autocommit() as connection:
            bounds = event_log.bounds(connection, topic)
            if cursor is None:
                return TopicStart(topic, "snapshot", bounds.head, bounds.head)
            if not bounds.can_serve(cursor):
                return TopicStart(topic, "reset", cursor, bounds.head)
            return resume(connection, topic, cursor, bounds)


def _bounds(info: WatchInfo | None, viewer: Viewer) -> Bounds:
    """Return the bounds of a challenge's topic, if the viewer takes part in it."""
    if info is None:
        raise ChallengeNotFound
    if viewer.user_id not in info.participant_ids:
        raise NotAParticipant
    return Bounds(info.head, info.floor)
