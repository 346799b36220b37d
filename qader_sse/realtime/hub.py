"""The hub of a worker: knows its connections and the recent events of the topics they watch."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol

from gevent.event import Event as Signal

from qader_sse.domain.events import Event
from qader_sse.realtime.delivery import Delivery
from qader_sse.realtime.draining import close_in_waves
from qader_sse.realtime.ended_sessions import EndedSessions
from qader_sse.realtime.missed_announcements import MissedAnnouncements
from qader_sse.realtime.noted_streams import NotedConnection
from qader_sse.realtime.protocol.frames import ClosingReason
from qader_sse.realtime.recent_events import RecentEvents
from qader_sse.realtime.repeated_tasks import RepeatedTasks
from qader_sse.realtime.seen_users import SeenUsers
from qader_sse.realtime.stream_notes import StreamNotes
from qader_sse.realtime.stream_places import StreamLimits, StreamPlaces
from qader_sse.realtime.watched_topic import Follower, WatchedTopic
from qader_sse.slices import give_way, slices
from qader_sse.store import event_log
from qader_sse.store.database import Database
from qader_sse.store.session_cache import SessionCache

_TOPICS_PER_QUERY = 50  # a fifth of a millisecond's work
# The pause between two catch-ups, also where one is asked for at once: whoever can publish in Redis
# can ask as often as they like.
_LEAST_PAUSE_SECONDS = 0.25
_POLLED_SECONDS = 10.0  # for so long a user who has polled counts as online


class Connection(Follower, NotedConnection, Protocol):
    """A client's connection, as the hub knows it."""

    network: str

    def close(self, reason: ClosingReason) -> None:
        """Have the connection end, after what it is writing now. Never blocks."""


class Hub:
    """Delivers to the connections of this worker, or wakes them, and closes them for a reason."""

    def __init__(
        self,
        database: Database,
        notes: StreamNotes,
        cache: SessionCache,
        deliver: Callable[[Delivery], None],
    ) -> None:
        self.notes = notes
        self._database, self._deliver = database, deliver
        self._topics: dict[str, WatchedTopic] = {}
        # A dict, because a set of as many takes twice the memory.
        self.connections: dict[Connection, None] = {}
        self._places = StreamPlaces()
        self.is_lame_duck = self.is_draining = False  # the first: stopping, and still serving
        self.counters: Counter[str] = Counter()
        self._tasks = RepeatedTasks(self.counters)
        self._must_catch_up, self._must_read_ends = Signal(), Signal()
        self._missed = MissedAnnouncements(notes)
        self._polled, self._acted_or_left = SeenUsers(), SeenUsers()
        self._sessions = sessions = self._topics[EndedSessions.TOPIC] = WatchedTopic()
        self.ended_sessions = EndedSessions(
            database, cache, sessions, self._close_sessions, self._close_all, self.catch_up_soon
        )
        sessions.followers.append(self.ended_sessions)

    @property
    def open_streams(self) -> int:
        """The number of streams; a connection counts once for each of its topics."""
        return self._places.taken

    def refusal(
        self, limits: StreamLimits, user_id: int, network: str, *, is_player: bool
    ) -> ClosingReason | None:
        """Return why this worker accepts no further stream of this person, or None if it does."""
        if self.is_draining:
            return "draining"
        has_room = self._places.has_room(limits, user_id, network, is_player=is_player)
        return None if has_room else "limit"

    @contextmanager
    def buffering(self, *topics: str) -> Iterator[None]:
        """Buffer the announcements of these topics while a stream on them opens.

        An event that is committed after the log was read for the stream, and before the stream is
        attached, would otherwise be missed. The `with` block has to contain both of these.
        """
        for topic in topics:
            self._topics.setdefault(topic, WatchedTopic()).buffers += 1
        try:
            yield
        finally:
            for topic in topics:
                self._topics[topic].buffers -= 1
                self._forget_unused(topic)

    def attach(self, connection: Connection, topics: Sequence[str]) -> list[RecentEvents]:
        """Begin to wake a connection; return the recent events of each of its topics."""
        watched = [self._topics.setdefault(topic, WatchedTopic()) for topic in topics]
        for topic in watched:
            topic.followers.append(connection)
        self.connections[connection] = None
        self._places.take(connection.user_id, connection.network, len(topics))
        if self.is_draining:
            connection.close("draining")  # it was accepted just before the drain began
        if (reason := self.ended_sessions.reason(connection.session_id)) is not None:
            connection.close(reason)  # the session ended while the stream was being opened
        return list(watched)

    def recent(self, topic: str) -> RecentEvents | None:
        """Return the recent events of a topic, if it is watched here."""
        return self._topics.get(topic)

    def detach(
        self, connection: Connection, topics: Sequence[str], *, goes_on: bool = False
    ) -> None:
        """Stop waking a connection for these topics; with `goes_on`, it still has others."""
        for topic in topics:
            self._topics[topic].followers.remove(connection)
            self._forget_unused(topic)
        if not goes_on:
            del self.connections[connection]
            self._acted_or_left.note(connection.user_id)
        self._places.give_back(connection.user_id, connection.network, len(topics))

    def note_poll(self, user_id: int) -> None:
        self._polled.note(user_id)

    def note_action(self, user_id: int) -> None:
        """Note that a user has done something: without a stream, they are there for a moment."""
        self._acted_or_left.note(user_id)

    def online_user_ids(self) -> set[int]:
        """Return the users who have a stream open here, or have polled within ten seconds."""
        return self._places.people() | self._polled.within(_POLLED_SECONDS)

    def present_user_ids(self, settle_seconds: float) -> set[int]:
        """Return the users who are online here, or were within these seconds, or have acted."""
        self._polled.forget(_POLLED_SECONDS + settle_seconds)
        self._acted_or_left.forget(settle_seconds)
        return self._places.people() | self._polled.all() | self._acted_or_left.all()

    def receive(self, events: Sequence[Event]) -> None:
        """Take announced events of one topic from the bus, and deliver those that are new."""
        name = events[0].topic
        if name not in self._topics:
            return
        topic, new = self._topics[name], 0
        for event in events:
            if topic.add(event):
                new += 1
            else:
                self.counters["repeated"] += 1
                self._missed.came(event.topic)
        self.counters["received"] += new
        if topic is self._sessions:
            topic.wake()
        elif new:
            # Where there was a gap between them, the topic has kept those behind it only.
            self._deliver(Delivery(topic.events[-new:], topic.followers, event.committed_at))

    def catch_up_soon(self) -> None:
        """Catch up at once, sign-outs first, because announcements may have been lost."""
        self._must_read_ends.set()
        self._must_catch_up.set()

    def catch_up(self) -> None:
        """Compare the head of every watched topic with the log.

        After a lost announcement, the next one of its topic shows the gap; but no other may come.
        Raises StoreUnavailable.
        """
        self.counters["lost"] += self._missed.count_lost()
        self._tasks.attempt(self._database.check_origin)
        give_way()
        for names in slices(list(self._topics), _TOPICS_PER_QUERY):
            self._tasks.attempt(self._compare, names)

    def raise_head(self, topic: str, head: int) -> None:
        """Note a head read from the log; wake its topic if announcements up to it were missed.

        Announcements must be buffered since before the head was read, or later ones may be missed.
        """
        watched = self._topics.get(topic)
        if watched is None:
            return
        known = watched.head
        if watched.raise_head(head):
            self._missed.found(topic, known, head)
            # If woken for ends that are not in memory, `ended_sessions` drops all cached sessions.
            wake = self._must_read_ends.set if watched is self._sessions else watched.wake
            wake()

    def drain(self, seconds: float = 0.0) -> None:
        """Close all connections because this worker stops: in waves, over this time."""
        self.is_lame_duck = self.is_draining = True
        close_in_waves(list(self.connections), seconds)

    def keep_caught_up(self, seconds: Callable[[], float]) -> None:
        """Catch up now, at this interval (with ended sessions at their own), and when asked to."""
        self.catch_up_soon()
        ends, least = self.ended_sessions, _LEAST_PAUSE_SECONDS
        self._tasks.start(ends.catch_up, lambda: ends.INTERVAL_SECONDS, self._must_read_ends, least)
        self._tasks.start(self.catch_up, seconds, self._must_catch_up, least)

    def run_every(self, seconds: Callable[[], float], task: Callable[[], object]) -> None:
        """Repeat a task in a greenlet, first after a pause; a failure does not end this."""
        self._tasks.start(task, seconds)

    def _compare(self, topics: Sequence[str]) -> None:
        # Announced events were committed. If the log, read later, ends before them, it lost them.
        known = {name: topic.head for name in topics if (topic := self._topics.get(name))}
        with self._database.autocommit() as connection:
            heads = event_log.heads(connection, known)
        for name, head in known.items():
            logged = heads.get(name, 0)
            if logged == head:
                continue  # as most are
            if logged < (head or 0):
                self._forget_lost(name)
            else:
                self.raise_head(name, logged)

    def _forget_lost(self, topic: str) -> None:
        """Have the subscriptions to a topic read the log; those beyond its end are closed."""
        if topic == EndedSessions.TOPIC:
            self.ended_sessions.start_again()
        elif (watched := self._topics.get(topic)) is not None:
            watched.forget()
            watched.wake()

    def _close_sessions(self, reasons: dict[str, ClosingReason]) -> None:
        for connection in list(self.connections):
            if (reason := reasons.get(connection.session_id)) is not None:
                connection.close(reason)

    def _close_all(self) -> None:
        """Close every connection, so that its client reconnects and is authorised again."""
        for connection in list(self.connections):
            connection.close("max_age")

    def _forget_unused(self, topic: str) -> None:
        watched = self._topics[topic]
        if not watched.followers and not watched.buffers:
            del self._topics[topic]
