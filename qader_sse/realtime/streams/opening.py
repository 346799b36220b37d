"""Opens the topics that clients may follow: who is allowed to, and what the snapshot is.

Of the streams, this module alone knows challenges.

No failure may keep a client away for good. Where what it missed cannot be read or rendered, as an
event of a newer version cannot, it gets a reset: the same cursor would fail each time it comes
back. Where even that fails, it is asked to come back later.
"""

import logging
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import Connection

from qader_sse.domain.challenge import FINAL
from qader_sse.domain.events import Event, challenge_topic, user_topic
from qader_sse.domain.facts import detail_fact
from qader_sse.domain.presenters import Viewer
from qader_sse.domain.violations import ChallengeNotFound, NotAParticipant, RuleViolation
from qader_sse.realtime.protocol.frames import Frame
from qader_sse.realtime.protocol.rendered_event import render
from qader_sse.realtime.recent_events import RecentEvents
from qader_sse.realtime.streams.log_reader import PAGE_EVENTS
from qader_sse.realtime.streams.topic_start import Mode, TopicStart
from qader_sse.store import challenges, event_log, event_pages
from qader_sse.store.challenge_cache import ChallengeCache
from qader_sse.store.challenges import WatchInfo
from qader_sse.store.database import Database
from qader_sse.store.errors import StoreUnavailable
from qader_sse.store.event_log import Bounds
from qader_sse.store.event_pages import Trimmed

logger = logging.getLogger(__name__)


class OpeningFailed(StoreUnavailable):
    """A topic could not be opened, because of a mistake of ours that is logged already."""


class StreamOpener:
    """Reads how a subscription to a topic begins, for a viewer with or without a cursor."""

    def __init__(
        self,
        database: Database,
        cache: ChallengeCache,
        clock: Callable[[], datetime],
        recent: Callable[[str], RecentEvents | None],
    ) -> None:
        """Take what clients have missed from a topic's `recent` events, where these reach so far."""
        self._database = database
        self._cache = cache
        self._clock = clock
        self._recent = recent
        # How topics began, by mode, and the rows that were read of what clients had missed.
        self.counters: Counter[str] = Counter()

    def challenge(self, challenge_id: int, viewer: Viewer, cursor: int | None) -> TopicStart:
        """Open a challenge. Raises ChallengeNotFound, NotAParticipant and StoreUnavailable."""
        return self._counted(self._open_challenge(challenge_id, viewer, cursor))

    def notifications(self, viewer: Viewer, cursor: int | None) -> TopicStart:
        """Open the viewer's own notifications; of these there is no snapshot.

        Raises StoreUnavailable.
        """
        return self._counted(self._open_notifications(viewer, cursor))

    def _counted(self, start: TopicStart) -> TopicStart:
        self.counters[start.mode] += 1
        return start

    def _open_challenge(self, challenge_id: int, viewer: Viewer, cursor: int | None) -> TopicStart:
        if cursor is not None:
            with _unless_it_fails(f"{challenge_topic(challenge_id)} after {cursor}"):
                if start := self._resume_challenge(challenge_id, viewer, cursor):
                    return start
        with _asked_again_if_it_fails(challenge_topic(challenge_id)):
            return self._snapshot(challenge_id, viewer, cursor)

    def _open_notifications(self, viewer: Viewer, cursor: int | None) -> TopicStart:
        topic = user_topic(viewer.user_id)
        if cursor is not None:
            with _unless_it_fails(f"{topic} after {cursor}"):
                if start := self._resume_notifications(topic, viewer, cursor):
                    return start
        with _asked_again_if_it_fails(topic), self._database.autocommit() as connection:
            head = event_log.bounds(connection, topic).head
        if cursor is None:
            return TopicStart(topic, "snapshot", head, head)
        return TopicStart(topic, "reset", cursor, head)

    def _resume_challenge(
        self, challenge_id: int, viewer: Viewer, cursor: int
    ) -> TopicStart | None:
        topic = challenge_topic(challenge_id)
        # Two statements without a transaction: an event committed in between is read as well.
        with self._database.autocommit() as connection:
            info = challenges.watch_info(connection, challenge_id)
            bounds = _bounds(info, viewer)
            status = None if info is None else info.status
            missed = self._missed(connection, topic, viewer, cursor, bounds)
        if missed is None:
            return None
        return TopicStart(
            topic,
            "resumed",
            cursor,
            bounds.head,
            missed,
            is_over=status in FINAL,
            is_running=status == "ongoing",
        )

    def _resume_notifications(self, topic: str, viewer: Viewer, cursor: int) -> TopicStart | None:
        with self._database.autocommit() as connection:
            bounds = event_log.bounds(connection, topic)
            missed = self._missed(connection, topic, viewer, cursor, bounds)
        if missed is None:
            return None
        return TopicStart(topic, "resumed", cursor, bounds.head, missed)

    def _missed(
        self, connection: Connection, topic: str, viewer: Viewer, cursor: int, bounds: Bounds
    ) -> Sequence[Frame] | None:
        """Return the first page of what follows a cursor, as this viewer gets it.

        Returns None if the log could not serve the cursor when the bounds were read, or no longer can.
        """
        if not bounds.can_serve(cursor):
            return None
        if cursor == bounds.head:
            return ()
        recent = self._recent(topic)
        # With another head, an announcement is still on its way, or the log has lost what was announced.
        if recent is not None and recent.head == bounds.head and (found := recent.after(cursor)):
            return [event.seen_by(viewer) for event in found]
        try:
            missed = event_pages.read(connection, topic, cursor, PAGE_EVENTS)
        except Trimmed:
            return None
        self.counters["rows"] += len(missed)
        return [render(event, viewer) for event in missed]

    def _snapshot(self, challenge_id: int, viewer: Viewer, cursor: int | None) -> TopicStart:
        found = self._cache.read(challenge_id)
        if found is None:
            raise ChallengeNotFound
        challenge, info = found
        head = _bounds(info, viewer).head
        # The snapshot is an event that was never appended, numbered like the last appended one.
        topic = challenge_topic(challenge_id)
        fact = detail_fact(challenge, self._clock())
        snapshot = render(Event(topic, head, "challenge.update", fact), viewer)
        mode: Mode = "snapshot" if cursor is None else "reset"
        after = head if cursor is None else cursor
        return TopicStart(
            topic,
            mode,
            after,
            head,
            (snapshot,),
            is_over=info.status in FINAL,
            is_running=info.status == "ongoing",
        )


@contextmanager
def _unless_it_fails(resumed: str) -> Iterator[None]:
    """Log an unforeseen failure, and go on after the block. Does not catch refusals and outages."""
    try:
        yield
    except (RuleViolation, StoreUnavailable):
        raise
    except Exception:
        logger.exception("%s cannot be resumed and is answered with a reset", resumed)


@contextmanager
def _asked_again_if_it_fails(topic: str) -> Iterator[None]:
    """Log an unforeseen failure and raise OpeningFailed in its place."""
    try:
        yield
    except (RuleViolation, StoreUnavailable):
        raise
    except Exception as error:
        logger.exception("%s cannot be opened", topic)
        raise OpeningFailed from error


def _bounds(info: WatchInfo | None, viewer: Viewer) -> Bounds:
    """Return the bounds of a challenge's topic, if the viewer takes part in it."""
    if info is None:
        raise ChallengeNotFound
    if viewer.user_id not in info.participant_ids:
        raise NotAParticipant
    return Bounds(info.head, info.floor)
