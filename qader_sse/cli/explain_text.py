"""The sentences of `explain`: what happened to events, step by step."""

from collections.abc import Iterator
from dataclasses import dataclass

from qader_sse.cli.moments import Moments
from qader_sse.cli.output import counted
from qader_sse.domain.delivery import Fate, StreamHistory
from qader_sse.domain.delivery_stories import Asked, Gap, Step, Story
from qader_sse.domain.stream_notes import POLLING

# Why streams end, for people who have not read the protocol.
_ENDS = {
    "client_gone": "the client or the network ended the connection",
    "draining": "its worker stopped",
    "max_age": "it had reached its age, or its cursor had left the log",
    "over": "nothing more was to come",
    "reset": "its cursor had left the log",
    "signed_out": "the session had ended",
    "slow": "the client took nothing any more",
    "stopped_polling": "the client stopped polling, or went on at another worker",
}


def _ending(stream: StreamHistory) -> str:
    """Say why a stream ended, with the word that the log has."""
    why = _ENDS.get(stream.reason or "")
    return f"{stream.reason}: {why}" if why else str(stream.reason)


@dataclass(frozen=True, slots=True)
class _Words:
    """How a sentence speaks of one event, or of several."""

    they: str
    them: str
    was: str
    are: str


_ONE, _SEVERAL = _Words("it", "it", "was", "is"), _Words("they", "them", "were", "are")


def sentence(story: Story, moments: Moments, session: str = "") -> str:
    """Tell a story in one sentence; `session` names the browser where there are several."""
    first, last = story.events[0], story.events[-1]
    if first is last:
        events, words = f"Event {first.seq} ({first.type})", _ONE
    else:
        events, words = f"Events {first.seq} to {last.seq}", _SEVERAL
    when = moments.between(first.committed_at, last.committed_at)
    pairs = zip(story.steps, story.last_steps, strict=True)
    clauses = [_clause(step, later, moments, words) for step, later in pairs]
    whose = f"For {session}: " if session else ""
    begin = f"{whose}{events} {words.was} committed {when}"
    if clauses and isinstance(story.steps[0], Gap):
        begin += f" {clauses.pop(0)}"
    return "; ".join([begin, *clauses, *_end(story)]) + "."


def _clause(step: Step, later: Step, moments: Moments, words: _Words) -> str:
    match step, later:
        case Gap(), _:
            return _gap(step, moments)
        case Asked(), _:
            return _asked(step, moments, words.them)
        case Fate(), Fate():
            return _fate(step, later, moments, words)
    raise TypeError(step)


def _gap(gap: Gap, moments: Moments) -> str:
    if gap.since is None and gap.until is None:
        said = "while no stream of theirs was open"
    elif gap.since is None:
        said = "before any stream of theirs was open"
    elif gap.until is None:
        said = (
            f"while no stream of theirs was open: the last one had ended at {moments.at(gap.since)}"
        )
    else:
        said = (
            "while no stream of theirs was open, from"
            f" {moments.at(gap.since)} to {moments.at(gap.until)}"
        )
    refused = [_refusals(stream, moments) for stream in gap.refused]
    return f"{said} ({', '.join(refused)})" if refused else said


def _refusals(stream: StreamHistory, moments: Moments) -> str:
    times = moments.between(stream.opened_at, stream.ended_at or stream.opened_at)
    return f"{counted(stream.attempts, 'attempt')} refused {times}: {stream.reason}"


def _asked(asked: Asked, moments: Moments, them: str) -> str:
    stream = asked.stream
    if asked.has_it and stream.transport == POLLING and stream.acknowledged is not None:
        return f"a later poll of {stream.name}, after {stream.acknowledged}, acknowledged {them}"
    resume = f"next resume ({stream.name}, at {moments.at(stream.opened_at)})"
    if asked.has_it:
        return f"the client's {resume} acknowledged {them}: it asked from {stream.after}"
    return f"the client never acknowledged {them}: its {resume} asked from {stream.after}"


def _fate(fate: Fate, last: Fate, moments: Moments, words: _Words) -> str:
    stream, when = fate.stream, moments.between(fate.since, last.until)
    name, opened = stream.name, moments.at(stream.opened_at)
    ended = f"{moments.at(last.until)} ({_ending(stream)})"
    match fate.kind:
        case "had":
            return (
                f"the client had {words.them} when {name} opened at {opened}: it asked from"
                f" {stream.after}"
            )
        case "snapshot" if stream.mode == "reset":
            return (
                f"{name} began at {opened} with a reset, because the log could not serve the cursor"
                f" {stream.after}: its snapshot, written {when}, contains {words.them}"
            )
        case "snapshot":
            return f"{name} began at {opened} with a snapshot, written {when}, that contains {words.them}"
        case "written":
            return "".join(_written(fate, last, when, moments, words))
        case "unfinished":
            return f"{words.they} {words.was} being written to {name} when that ended at {ended}"
        case "unwritten":
            return f"{words.they} {words.was} not written to {name}, which ended at {ended}"
        case "unknown":
            return (
                f"{words.they} may have been written to {name}: its worker has noted nothing since"
                f" {moments.at(stream.seen_at)}, and has ended"
            )
    return (
        f"{words.they} {words.are} not noted as written to {name}, which is open: its worker last"
        f" looked at {moments.at(stream.seen_at)}"
    )


def _written(fate: Fate, last: Fate, when: str, moments: Moments, words: _Words) -> Iterator[str]:
    stream = fate.stream
    if fate.is_replayed:
        yield (
            f"the resume at {moments.at(stream.opened_at)} ({stream.name}, after {stream.after})"
            f" brought {words.them}, written {when}"
        )
    else:
        yield f"{words.they} {words.was} written to {stream.name} {when}"
    if fate.caught_up is not None:
        yield (
            f": no announcement of {words.them} had reached the worker, which found what was missing"
            f" in the log at {moments.at(fate.caught_up.at)}"
        )
    for stall in last.stalls:
        seconds = (stall.until - stall.since).total_seconds()
        yield f": the worker stood still for {seconds:.1f} s, until {moments.at(stall.until)}"


def _end(story: Story) -> Iterator[str]:
    last = story.steps[-1]
    if story.outcome == "received":
        return
    if isinstance(last, Fate) and (_is_open(last.stream) or last.kind == "unknown"):
        return
    yield "they have not come back since" + (
        ", so whether that was received is not known" if story.outcome == "written" else ""
    )


def _is_open(stream: StreamHistory) -> bool:
    return stream.ended_at is None and not stream.is_worker_gone
