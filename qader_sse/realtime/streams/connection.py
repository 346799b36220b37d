"""One client's live link, from its opening to its close, whatever transport carries it."""

import logging
import math
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from qader_sse.realtime import delivery
from qader_sse.realtime.hub import Hub
from qader_sse.realtime.protocol.frames import ClosingReason, Frame
from qader_sse.realtime.streams.log_reader import LogReader
from qader_sse.realtime.streams.subscription import Subscription
from qader_sse.realtime.streams.tallies import Kind, Tallies, Tally
from qader_sse.realtime.streams.timeouts import Timeouts
from qader_sse.store.errors import StoreUnavailable
from qader_sse.store.event_pages import Trimmed

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class StreamServices:
    """What all connections of a worker share."""

    hub: Hub
    log: LogReader
    timeouts: Timeouts
    clock: Callable[[], datetime]
    tallies: Tallies = field(default_factory=Tallies)
    # Told of frames that belong to a trace, on which transport and when they were written.
    on_traced: Callable[[Frame, str, float], None] = lambda frame, transport, now: None


class Stream(delivery.Stream, Protocol):
    """What writes a connection's frames to its client."""

    kind: Kind

    def wake(self) -> None:
        """Note that there may be new frames, or that the connection is to be closed. Never blocks."""

    @property
    def is_settled(self) -> bool:
        """Whether everything that was taken from the subscriptions is written to the socket."""


@dataclass(eq=False, slots=True, kw_only=True)
class Connection:
    """Subscriptions to one or several topics, and the life they share.

    A connection is attached before its stream exists, while its topics are buffered: from then on
    no event is missed. A stream that begins writes everything that has come until then.
    """

    services: StreamServices
    transport: str  # "sse" or "websocket"
    user_id: int
    session_id: str
    subscriptions: tuple[Subscription, ...]
    network: str = ""  # the client's, by which streams are limited
    request_id: str = ""  # of the request that opened it
    ends_at: float = math.inf  # of time.monotonic
    ends_because: ClosingReason = "max_age"  # or "signed_out", if the session runs out then
    live_since: float = 0.0  # when it was attached, of the service's clock, in seconds since 1970
    number: int = 0  # of the first subscription, by which `StreamNotes` knows it
    closing: ClosingReason | None = None
    stream: Stream | None = None  # once it has begun, and until it ends
    tally: Tally = field(init=False, repr=False)  # of its stream's kind, once that has begun
    _watching: tuple[Subscription, ...] = ()  # those that are attached

    @property
    def plain_subscription(self) -> Subscription | None:
        """The only subscription, if its frames are as other viewers get them; else None."""
        first, *others = self.subscriptions
        return None if others or first.has_own_frames else first

    @property
    def sent(self) -> int:
        """The number of frames that were taken to be sent."""
        return sum(subscription.sent for subscription in self.subscriptions)

    @property
    def is_over(self) -> bool:
        """Whether every topic has ended, and the frame that says so was taken to be sent."""
        return all(subscription.is_over for subscription in self.subscriptions)

    def attach(self) -> None:
        """Begin to be woken by the hub; to be called while the topics are buffered."""
        self.live_since = self.services.clock().timestamp()
        self._watching = self.subscriptions
        topics = [subscription.topic for subscription in self.subscriptions]
        watched = self.services.hub.attach(self, topics)
        for subscription, recent in zip(self.subscriptions, watched, strict=True):
            subscription.recent = recent

    def detach(self) -> None:
        """Stop being woken, and let go of the stream; does nothing the second time."""
        watching, self._watching = self._watching, ()
        if not watching:
            return
        self._note_ended(watching)
        self.services.hub.notes.forget(self)
        if self.stream is not None:
            self.stream = None
            self.tally.ended[self._ended_because(self.is_over)] += 1
        self.services.hub.detach(self, [s.topic for s in watching])
        self._log_closed()

    def begin(self, stream: Stream) -> None:
        """Have this stream woken from now on."""
        self.stream = stream
        self.tally = self.services.tallies.of(self.transport, stream.kind)
        self.tally.opened += 1

    def note_written(self, frames: Iterable[Frame], now: float) -> None:
        """Count frames, and by how much live ones were late; `now` is of the service's clock."""
        tally, live_since = self.tally, self.live_since
        for frame in frames:
            tally.frames += frame.type != ""  # not a block of the transport's own
            if frame.committed_at >= live_since:
                tally.delays.observe(now - frame.committed_at)
            if frame.trace:
                self.note_traced(frame, now)

    def note_traced(self, frame: Frame, now: float) -> None:
        """Note that a frame was written which belongs to a trace."""
        self.services.on_traced(frame, self.transport, now)

    def wake(self) -> None:
        if self.stream is not None:
            self.stream.wake()

    def close(self, reason: ClosingReason) -> None:
        """Have the stream end, after what it is writing now. Never blocks."""
        self.closing = self.closing or reason
        self.wake()

    @property
    def is_settled(self) -> bool:
        """Whether everything up to the cursors is written to the socket."""
        return self.stream is not None and self.stream.is_settled

    @property
    def seconds_left(self) -> float:
        return max(0.0, self.ends_at - time.monotonic())

    def close_if_due(self, now: float) -> bool:
        """Close the connection if it has reached its end; return whether it has."""
        if now < self.ends_at:
            return False
        self.close(self.ends_because)
        return True

    def take_recent(self) -> list[Frame] | None:
        """Take the next frames that are in memory; return None if only the log has the next ones.

        If one topic has frames in memory and another only in the log, wakes the stream again.
        """
        frames, behind = self._take_recent()
        if behind and frames:
            self.wake()
        return None if behind and not frames else frames

    def take_next(self) -> list[Frame]:
        """Take the next frames, from memory or else one page of the log.

        The log is read only if memory has none, and until one page has frames: frames in memory do
        not wait for it, nor do the other topics wait for one that is far behind. Blocks. Raises
        StoreUnavailable.
        """
        frames, behind = self._take_recent()
        for subscription in behind:
            if frames or self.closing:
                break
            frames = self._take_page(subscription)
        return frames

    def _leave_ended_topics(self) -> None:
        """Stop watching topics that are over while others go on: each takes one of MAX_STREAMS."""
        ended = [subscription for subscription in self._watching if subscription.is_over]
        if ended and len(ended) < len(self._watching):
            self._watching = tuple(s for s in self._watching if not s.is_over)
            self._note_ended(ended)
            self.services.hub.detach(self, [s.topic for s in ended], goes_on=True)

    def _log_closed(self) -> None:
        seconds = self.services.clock().timestamp() - self.live_since
        found = {
            "reason": self._ended_because(self.is_over),
            "seconds": round(seconds, 1),
            "frames": self.sent,
            "last_id": ",".join([str(subscription.cursor) for subscription in self.subscriptions]),
        }
        logger.info("stream closed", self.named() | found)

    def named(self) -> dict[str, object]:
        """Return by what both lines of a stream are found: when it opens, and when it ends."""
        return {
            "transport": self.transport,
            "topics": ",".join([subscription.topic for subscription in self.subscriptions]),
            "user": self.user_id,
            "request_id": self.request_id or None,
        }

    def _ended_because(self, is_over: bool) -> str:
        return "over" if is_over else self.closing or "client_gone"

    def _note_ended(self, subscriptions: Iterable[Subscription]) -> None:
        for subscription in subscriptions:
            reason = self._ended_because(subscription.is_over)
            self.services.hub.notes.ended(self, subscription, reason)

    def _take_recent(self) -> tuple[list[Frame], list[Subscription]]:
        frames: list[Frame] = []
        behind = []
        for subscription in self._watching:
            recent = subscription.take_recent()
            if recent is None:
                behind.append(subscription)
            else:
                frames += recent
        self._leave_ended_topics()
        return frames, behind

    def _take_page(self, subscription: Subscription) -> list[Frame]:
        services = self.services
        try:
            return subscription.take_page(services.log, services.timeouts.heartbeat_seconds)
        except StoreUnavailable:
            services.hub.counters["log_away"] += 1
            raise
        except Trimmed:
            # The next events were trimmed or lost: the client reconnects, and gets a reset.
            self.close("max_age")
            return []


@dataclass(frozen=True, slots=True)
class StreamStart:
    """Everything a stream needs to begin, handed over by the view that opened it."""

    connection: Connection
    head: bytes  # what is written before all frames
    frames: Sequence[Frame]  # a snapshot, or the first page of what the client missed
