"""What a worker notes of its streams, so that it can be told later what a person was sent, and when.

A stream of several topics is noted once for each of them, by consecutive numbers.
"""

from dataclasses import dataclass, field
from datetime import datetime

# How a client that polls is noted, beside the transports of streams.
POLLING = "polling"
# The mode of a stream that was not opened, beside those of `TopicStart`.
REFUSED = "refused"
# Of a session's id, this much tells one browser of a person from another.
SESSION_PREFIX = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """A stream on one topic as it began, or a row of attempts that were refused for one reason.

    `after` is the cursor that the client sent: it says that it has everything up to there.
    """

    number: int
    user_id: int
    session: str
    topic: str
    transport: str
    mode: str  # "snapshot", "resumed" or "reset", as of `TopicStart`, or REFUSED
    after: int | None
    head: int
    opened_at: datetime
    request_id: str | None = None
    refused_until: datetime | None = None  # when the last one was refused, with the same reason
    reason: str | None = None
    attempts: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How a stream on one topic ended.

    Everything up to `written` was written to the socket whole. What follows up to `taken` was being
    written, and may have been lost with the stream.
    """

    number: int
    ended_at: datetime
    reason: str
    frames: int
    written: int
    taken: int
    looked_at: datetime  # when the worker last looked at it before
    noted: int  # up to where it was written then
    errors: int = 0  # messages that were answered with an error
    acknowledged: int | None = None  # the highest cursor that a polling client has sent


# The number of a stream, and two cursors: between two looks, what follows the first up to the second was
# written on it. If the look before did not see the stream at the first cursor, the time when an earlier one
# did comes last. These are plain tuples, because one look makes thousands of them.
StreamMove = tuple[int, int, int] | tuple[int, int, int, datetime]


@dataclass(frozen=True, slots=True)
class CaughtUp:
    """Announcements of a topic did not reach the worker: it found these events in the log."""

    topic: str
    after: int
    head: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Stall:
    """The worker did nothing in this time: something kept its event loop, or the machine."""

    since: datetime
    until: datetime


@dataclass(slots=True)
class Look:
    """What a worker found when it looked at its streams, as it does every few seconds."""

    since: datetime  # of the look before
    at: datetime
    moves: list[StreamMove] = field(default_factory=list)
    caught_up: list[CaughtUp] = field(default_factory=list)
    stalls: list[Stall] = field(default_factory=list)
    lost: int = 0  # notes that found no place, since the look before

    @property
    def notes(self) -> int:
        """How many notes it has, those included whose loss it tells of."""
        return len(self.moves) + len(self.caught_up) + len(self.stalls) + self.lost
