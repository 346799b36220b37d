"""Notes of this worker's streams: kept in memory until `qader_sse.stream_recorder` writes them.

Noting never blocks and never fails. What has no place is counted as lost.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from qader_sse.domain.stream_notes import (
    REFUSED,
    SESSION_PREFIX,
    CaughtUp,
    Ending,
    Look,
    Opening,
    Stall,
)
from qader_sse.realtime.noted_streams import (
    NotedClient,
    NotedConnection,
    NotedSubscription,
    Start,
)
from qader_sse.realtime.opening_shares import OpeningShares
from qader_sse.realtime.refusals import Refusals

# Openings and refusals that wait to be written. While the database is away no stream opens, so this
# many wait only where it is slow. Endings need no bound: each belongs to an opening.
_MAX_OPENINGS = 10_000
_MAX_REMARKS = 1_000

Clock = Callable[[], datetime]


class StreamNotes:
    """Numbers streams, and keeps what is noted of them."""

    def __init__(self, clock: Clock) -> None:
        self._looked_at = clock()  # when the last look at the streams began
        self._openings: dict[int, Opening] = {}
        self._endings: dict[int, Ending] = {}
        self.now = clock
        self._next_number = 1
        self._shares = OpeningShares()
        self._refusals = Refusals()
        self._errors: dict[int, int] = {}
        # Since when a stream has something that its socket does not take.
        self._unsettled: dict[int, datetime] = {}
        self._caught_up: list[CaughtUp] = []
        self._stalls: list[Stall] = []
        self._lost = 0

    def opened(self, connection: NotedConnection, starts: Iterable[Start]) -> None:
        """Note a stream that is attached, with how each of its topics begins."""
        count = len(connection.subscriptions)
        connection.number = self.take_numbers(connection.user_id, count)
        if not connection.number:
            return
        for number, subscription, start in zip(
            self._numbers_of(connection), connection.subscriptions, starts, strict=True
        ):
            subscription.noted = self.begin(number, connection, start)

    def begin(self, number: int, client: NotedClient, start: Start) -> int:
        """Note how a client begins to follow a topic; return up to where it counts as written."""
        self._openings[number] = Opening(
            number=number,
            user_id=client.user_id,
            session=client.session_id[:SESSION_PREFIX],
            topic=start.topic,
            transport=client.transport,
            mode=start.mode,
            after=None if start.mode == "snapshot" else start.after,
            head=start.head,
            opened_at=self.now(),
            request_id=client.request_id or None,
        )
        # A snapshot has the number of the head: until it is written, the stream is before it.
        has_snapshot = start.mode != "resumed" and bool(start.frames)
        return start.cursor - has_snapshot

    def ended(
        self, connection: NotedConnection, subscription: NotedSubscription, reason: str
    ) -> None:
        """Note that the stream of a topic has ended; before its connection lets go of it."""
        if not connection.number:
            return
        self.end(
            connection.number + list(connection.subscriptions).index(subscription),
            reason,
            frames=subscription.sent,
            written=subscription.cursor if connection.is_settled else subscription.noted,
            taken=subscription.cursor,
            noted=subscription.noted,
        )

    def forget(self, connection: NotedConnection) -> None:
        """Note nothing more of a connection that has ended, whatever is still answered to it."""
        for number in self._numbers_of(connection) if connection.number else ():
            # Also of topics that ended first, which may have been looked at since.
            self._unsettled.pop(number, None)
        connection.number = 0

    def end(
        self,
        number: int,
        reason: str,
        *,
        frames: int,
        written: int,
        taken: int,
        noted: int,
        acknowledged: int | None = None,
    ) -> None:
        """Note how what was begun by this number has ended."""
        self._endings[number] = Ending(
            number=number,
            ended_at=self.now(),
            reason=reason,
            frames=frames,
            written=written,
            taken=taken,
            looked_at=self._unsettled.pop(number, self._looked_at),
            noted=noted,
            errors=self._errors.pop(number, 0),
            acknowledged=acknowledged,
        )

    def refused(
        self, user_id: int, session_id: str, topic: str, transport: str, reason: str
    ) -> None:
        """Note an attempt to open a stream that was refused; see `Refusals` for those that repeat it."""
        key, now = (user_id, topic, transport, reason), self.now()
        if self._refusals.repeated(key, now):
            return
        if self._refusals.is_full:
            self._lost += 1
        elif number := self._next_numbers():
            first = Opening(
                number=number,
                user_id=user_id,
                session=session_id[:SESSION_PREFIX],
                topic=topic,
                transport=transport,
                mode=REFUSED,
                after=None,
                head=0,
                opened_at=now,
                refused_until=now,
                reason=reason,
            )
            self._refusals.begin(key, first)

    def answered_error(self, connection: NotedConnection) -> None:
        """Note that a message of a client was answered with an error."""
        if connection.number:
            self._errors[connection.number] = self._errors.get(connection.number, 0) + 1

    def caught_up(self, topic: str, after: int, head: int) -> None:
        """Note that events were found in the log whose announcements had not come."""
        if len(self._caught_up) < _MAX_REMARKS:
            self._caught_up.append(CaughtUp(topic, after, head, self.now()))
        else:
            self._lost += 1

    def stood_still(self, seconds: float) -> None:
        """Note that this worker did nothing for so long, until now."""
        if len(self._stalls) < _MAX_REMARKS:
            until = self.now()
            self._stalls.append(Stall(until - timedelta(seconds=seconds), until))

    def lose(self, notes: int) -> None:
        """Count notes that could not be written."""
        self._lost += notes

    def take_numbers(self, user_id: int, count: int = 1) -> int:
        """Return the first of so many numbers for what a person opens; 0 if it is left out."""
        if self._shares.take(user_id, count, self.now()):
            return self._next_numbers(count)
        self._lost += count
        return 0

    def _next_numbers(self, count: int = 1) -> int:
        """Return the first of so many numbers for streams that open; 0 if there is no place."""
        if len(self._openings) >= _MAX_OPENINGS:
            self._lost += count
            return 0
        number, self._next_number = self._next_number, self._next_number + count
        return number

    def look(self, connection: NotedConnection, look: Look) -> None:
        """Note which subscriptions of a connection have moved since the look before."""
        if not connection.number:
            return
        for number, subscription in enumerate(connection.subscriptions, connection.number):
            if subscription.cursor == subscription.noted:
                continue
            if connection.is_settled:
                move = (number, subscription.noted, subscription.cursor)
                since = self._unsettled.pop(number, None)
                look.moves.append(move if since is None else (*move, since))
                subscription.noted = subscription.cursor
            else:
                self._unsettled.setdefault(number, look.since)

    def begin_look(self) -> Look:
        """Begin a look at all streams, at the end of which `end_look` is to be called."""
        return Look(since=self._looked_at, at=self.now())

    def go_on(self, look: Look) -> Look:
        """Return the next part of a look at all streams, in place of one that has enough moves."""
        # The last part has to say when all of it began: that is where the next look goes on.
        begun_at, look.at = look.at, self.now()
        return Look(since=look.since, at=begun_at)

    def end_look(self, look: Look) -> None:
        """Add what was remarked since the look before; from here on, this is the last look."""
        look.caught_up, self._caught_up = self._caught_up, []
        look.stalls, self._stalls = self._stalls, []
        look.lost, self._lost = self._lost, 0
        # The next look's moves happened after this one began.
        self._looked_at, look.at = look.at, self.now()

    def take(self, *, at_end: bool = False) -> tuple[list[Opening], list[Ending]]:
        """Take the openings and endings that are to be written; `give_back` what was not.

        `at_end` of the worker, nothing is kept for later.
        """
        refused = {
            opening.number: opening for opening in self._refusals.take(self.now(), at_end=at_end)
        }
        openings, self._openings = list((self._openings | refused).values()), {}
        endings, self._endings = list(self._endings.values()), {}
        return openings, endings

    def give_back(self, openings: Iterable[Opening], endings: Iterable[Ending]) -> None:
        """Keep what could not be written for the next time."""
        self._openings = {opening.number: opening for opening in openings} | self._openings
        self._endings = {ending.number: ending for ending in endings} | self._endings

    @staticmethod
    def _numbers_of(connection: NotedConnection) -> range:
        return range(connection.number, connection.number + len(connection.subscriptions))
