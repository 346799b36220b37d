"""What a worker's streams have done so far, as plain numbers that a collector of metrics reads."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Final, Literal, get_args

from qader_sse.histogram import Histogram
from qader_sse.realtime.protocol.frames import ClosingReason

# As the metrics name socket streams, which the dispatcher writes, and WSGI streams, which the server iterates.
Kind = Literal["pushed", "pulled"]
PUSHED: Final[Kind] = "pushed"
PULLED: Final[Kind] = "pulled"

# From what a worker needs for its own events up to what a client still calls live; an event whose
# announcement was lost comes with the next catch-up, within two seconds.
DELAY_SECONDS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)

# Why a stream ends, as far as is known from the start.
ENDINGS = ("over", "client_gone", *get_args(ClosingReason))


@dataclass(eq=False, slots=True)
class Tally:
    """The streams of one transport and one kind. Compared by identity, because deliveries count by it."""

    opened: int = 0
    ended: Counter[str] = field(default_factory=Counter)  # by reason
    frames: int = 0
    # From the commit of an event to its frame in the socket, of events since the stream opened:
    # whoever resumes was away, which is no delay of ours.
    delays: Histogram = field(default_factory=lambda: Histogram(DELAY_SECONDS))

    def delivered(self, frames: int, committed_at: float, now: float) -> None:
        """Count frames that all streams got live; `committed_at` is 0 where nobody knows it."""
        self.frames += frames
        if committed_at:
            self.delays.observe(now - committed_at, frames)

    @property
    def open(self) -> int:
        return self.opened - self.ended.total()


class Tallies:
    """The tallies of one worker; and, by transport and reason, the streams it has refused."""

    def __init__(self) -> None:
        self.refused: Counter[tuple[str, str]] = Counter()
        self._by_kind: dict[tuple[str, Kind], Tally] = {}

    def of(self, transport: str, kind: Kind) -> Tally:
        tally = self._by_kind.get((transport, kind))
        if tally is None:
            tally = self._by_kind[transport, kind] = Tally()
        return tally

    def all(self) -> list[tuple[str, Kind, Tally]]:
        return [(transport, kind, tally) for (transport, kind), tally in self._by_kind.items()]
