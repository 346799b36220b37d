"""What became of an event on each stream of one person, as far as their workers' notes can tell.

Written to the socket does not mean received: a system's buffers take what a cut network or a frozen
page never reads. Only a client's next cursor says what it has received.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from qader_sse.domain.stream_notes import REFUSED, CaughtUp, Stall

# "had": the client said when the stream opened that it has the event. "snapshot": the stream began
# with the whole state, the event included. "unfinished": it was being written when the stream
# ended. "unwritten": the stream ended before. "waiting": it is not noted yet, or not written yet.
# "unknown": the worker has said nothing since.
FateKind = Literal["had", "snapshot", "written", "unfinished", "unwritten", "waiting", "unknown"]


@dataclass(frozen=True, slots=True)
class LoggedEvent:
    """An event of a topic, without what it says."""

    seq: int
    type: str
    committed_at: datetime
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """What follows `after` up to `seq` was written between two moments."""

    after: int
    seq: int
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamHistory:
    """All that is known of one stream of a person on a topic."""

    name: str  # A, B, C … in the order of their opening
    node: str
    pid: int
    number: int
    transport: str
    session: str
    mode: str
    after: int | None
    head: int
    request_id: str | None = None
    attempts: int = 1
    opened_at: datetime
    ended_at: datetime | None = None
    reason: str | None = None
    frames: int | None = None
    written: int | None = None
    taken: int | None = None
    looked_at: datetime | None = None
    noted: int | None = None
    errors: int | None = None
    acknowledged: int | None = None
    seen_at: datetime  # when its worker last wrote its notes
    is_worker_gone: bool = False
    writes: tuple[Written, ...] = ()
    caught_up: tuple[CaughtUp, ...] = ()
    stalls: tuple[Stall, ...] = ()
    lost_notes: int = 0

    @property
    def is_refused(self) -> bool:
        return self.mode == REFUSED

    @property
    def has_snapshot(self) -> bool:
        return self.mode in ("snapshot", "reset")

    def is_open_at(self, moment: datetime) -> bool:
        """Return whether the stream was open then, for all that is known."""
        last = self.ended_at or (self.seen_at if self.is_worker_gone else moment)
        return not self.is_refused and self.opened_at <= moment <= last


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of an event on one stream: it happened between two moments."""

    stream: StreamHistory
    kind: FateKind
    since: datetime
    until: datetime
    is_replayed: bool = False  # it was committed before the stream opened
    # What delayed it, of the same worker and the same time.
    caught_up: CaughtUp | None = None
    stalls: tuple[Stall, ...] = ()


def fates(event: LoggedEvent, streams: Iterable[StreamHistory]) -> list[Fate]:
    """Return what became of an event on each stream that it concerned, in the order of time."""
    found = [fate for stream in streams if (fate := _fate(event, stream))]
    return sorted(found, key=lambda fate: (fate.until, fate.stream.opened_at))


def _fate(event: LoggedEvent, stream: StreamHistory) -> Fate | None:
    if stream.is_refused:
        return None
    if stream.mode == "resumed" and event.seq <= (stream.after or 0):
        return Fate(stream, "had", stream.opened_at, stream.opened_at)
    ended_at = stream.ended_at
    if ended_at is not None and ended_at < event.committed_at:
        return None
    is_in_snapshot = stream.has_snapshot and event.seq <= stream.head
    kind, since, until = _what_became(stream, stream.head if is_in_snapshot else event.seq)
    # It is written after its commit and after the opening, whatever the look before them.
    since = min(max(since, stream.opened_at, event.committed_at), until)
    if kind != "written":
        return Fate(stream, kind, since, until)
    if is_in_snapshot:
        return Fate(stream, "snapshot", since, until)
    caught_up = next((c for c in stream.caught_up if c.after < event.seq <= c.head), None)
    began = max(event.committed_at, stream.opened_at)
    stalls = tuple(s for s in stream.stalls if s.until >= began and s.since <= until)
    is_replayed = event.committed_at < stream.opened_at
    return Fate(stream, kind, since, until, is_replayed, caught_up, stalls)


def _what_became(stream: StreamHistory, seq: int) -> tuple[FateKind, datetime, datetime]:
    before = stream.opened_at
    for write in stream.writes:
        if write.after >= seq:  # the look that found it is lost, or no longer kept
            return "written", before, write.since
        if write.seq >= seq:
            return "written", write.since, write.until
        before = write.until
    ended_at = stream.ended_at
    if ended_at is None:
        return "unknown" if stream.is_worker_gone else "waiting", stream.opened_at, stream.seen_at
    looked_at = stream.looked_at or before
    if stream.noted is not None and stream.noted >= seq:
        return "written", before, looked_at
    if (stream.written or 0) >= seq:
        return "written", looked_at, ended_at
    return "unfinished" if (stream.taken or 0) >= seq else "unwritten", looked_at, ended_at
