"""How an event reached each browser of a person, or why it did not: the steps, in order of time."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Literal

from qader_sse.domain.delivery import Fate, LoggedEvent, StreamHistory

_REACHED = ("written", "snapshot")


@dataclass(frozen=True, slots=True)
class Gap:
    """No stream of the browser was open: from the end of one to the opening of the next."""

    since: datetime | None
    until: datetime | None
    refused: tuple[StreamHistory, ...]  # attempts in this time


@dataclass(frozen=True, slots=True)
class Asked:
    """What the client's next cursor says of an event that was written to it."""

    stream: StreamHistory
    has_it: bool


Step = Gap | Fate | Asked
Outcome = Literal["received", "written", "missing"]


@dataclass(frozen=True, slots=True)
class Story:
    """What happened to consecutive events in the same way. `steps` are those of the first one."""

    session: str
    events: tuple[LoggedEvent, ...]
    steps: tuple[Step, ...]
    last_steps: tuple[Step, ...]  # those of the last one

    @property
    def outcome(self) -> Outcome:
        """Whether the browser has the events, was written them last, or was not."""
        last = self.steps[-1]
        if isinstance(last, Asked):
            return "received" if last.has_it else "missing"
        if isinstance(last, Fate):
            if last.kind == "had":
                return "received"
            return "written" if last.kind in _REACHED else "missing"
        return "missing"


def stories(
    fates: Mapping[LoggedEvent, Sequence[Fate]], streams: Sequence[StreamHistory]
) -> list[Story]:
    """Tell of all events, with their fates, what happened to them, for each browser they concerned.

    If a person had gone altogether, that is told of the browser that was there last.
    """
    found = []
    last = streams[-1].session if streams else None
    for session in dict.fromkeys(stream.session for stream in streams):
        own = [stream for stream in streams if stream.session == session]
        told = [
            (event, _steps(event, of_event, own))
            for event, of_event in fates.items()
            if _concerns(event, own) or (session == last and not _concerns(event, streams))
        ]
        for _, group in groupby(told, key=lambda pair: _shape(pair[1])):
            alike = list(group)
            found.append(Story(session, tuple(e for e, _ in alike), alike[0][1], alike[-1][1]))
    return found


def gaps(streams: Sequence[StreamHistory]) -> list[Gap]:
    """Return the times between streams in which none was open, all browsers taken together."""
    opened = [stream for stream in streams if not stream.is_refused]
    return [
        _gap(end, begin, streams)
        for end, begin in zip(
            (_covered_until(opened[:count]) for count in range(1, len(opened))),
            (stream.opened_at for stream in opened[1:]),
            strict=True,
        )
        if end is not None and end < begin
    ]


def _covered_until(streams: Sequence[StreamHistory]) -> datetime | None:
    """Return when the last of these streams ended; None if one is open."""
    ends = [s.ended_at or (s.seen_at if s.is_worker_gone else None) for s in streams]
    known = [end for end in ends if end is not None]
    return max(known) if len(known) == len(ends) else None


def _concerns(event: LoggedEvent, streams: Sequence[StreamHistory]) -> bool:
    """Return whether a browser was there for an event, or came back after it."""
    return any(
        stream.ended_at is None or stream.ended_at >= event.committed_at for stream in streams
    )


def _steps(
    event: LoggedEvent, fates: Iterable[Fate], streams: Sequence[StreamHistory]
) -> tuple[Step, ...]:
    names = {stream.name for stream in streams}
    own = (fate for fate in fates if fate.stream.name in names)
    return tuple(_until_received(event, own, streams))


def _until_received(
    event: LoggedEvent, fates: Iterable[Fate], streams: Sequence[StreamHistory]
) -> Iterator[Step]:
    moment = event.committed_at
    if not any(stream.is_open_at(moment) for stream in streams):
        yield _gap_at(moment, streams)
    for fate in fates:
        yield fate
        if fate.kind == "had":
            return
        if (stream := fate.stream).acknowledged is not None and stream.acknowledged >= event.seq:
            yield Asked(stream, has_it=True)
            return
        if fate.kind in _REACHED and (asked := _next_resume(fate, streams)):
            if (asked.after or 0) >= event.seq:
                yield Asked(asked, has_it=True)
                return
            yield Asked(asked, has_it=False)


def _next_resume(fate: Fate, streams: Sequence[StreamHistory]) -> StreamHistory | None:
    """Return the first stream that the browser resumed after an event was written to it."""
    later = (s for s in streams if s.opened_at > fate.since and s is not fate.stream)
    return next((s for s in later if s.mode == "resumed"), None)


def _gap_at(moment: datetime, streams: Sequence[StreamHistory]) -> Gap:
    opened = [stream for stream in streams if not stream.is_refused]
    ends = [
        end
        for stream in opened
        if (end := stream.ended_at or stream.seen_at) < moment and stream.opened_at < moment
    ]
    begins = [stream.opened_at for stream in opened if stream.opened_at > moment]
    return _gap(max(ends, default=None), min(begins, default=None), streams)


def _gap(since: datetime | None, until: datetime | None, streams: Sequence[StreamHistory]) -> Gap:
    refused = tuple(
        stream
        for stream in streams
        if stream.is_refused
        and (since is None or (stream.ended_at or stream.opened_at) >= since)
        and (until is None or stream.opened_at <= until)
    )
    return Gap(since, until, refused)


def _shape(steps: Sequence[Step]) -> tuple[object, ...]:
    """Return what must be equal for two events to be told of together."""
    return tuple(_shape_of(step) for step in steps)


def _shape_of(step: Step) -> tuple[object, ...]:
    match step:
        case Gap():
            return ("gap", step.since, step.until)
        case Asked():
            return ("asked", step.stream.name, step.has_it)
        case Fate():
            delays = (step.caught_up is not None, bool(step.stalls))
            return (step.kind, step.stream.name, step.is_replayed, *delays)
