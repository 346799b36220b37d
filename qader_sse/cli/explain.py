"""`flask --app wsgi explain`: why somebody did not see something, or saw it late."""

from collections.abc import Iterator
from dataclasses import asdict
from textwrap import wrap

import click
from flask.cli import with_appcontext

from qader_sse.cli.explain_text import sentence
from qader_sse.cli.moments import Moments
from qader_sse.cli.output import Report, ReportCommand, counted, table
from qader_sse.cli.people import ChallengeId, account_of, challenge_of
from qader_sse.domain.delivery import Fate, StreamHistory
from qader_sse.domain.violations import NotAParticipant
from qader_sse.service import service
from qader_sse.use_cases.stream_notes import Explanation

_WIDTH = 110
_STREAM = (
    "",
    "where",
    "stream",
    "transport",
    "session",
    "opened",
    "begins",
    "ended",
    "frames",
    "request",
)


@click.command("explain", cls=ReportCommand)
@with_appcontext
@click.argument("challenge", type=ChallengeId())
@click.argument("user")
@click.option("--event", type=click.IntRange(min=1), help="Conclude on this event only.")
def explain(challenge: int, user: str, event: int | None) -> Report:
    """Say of each event of CHALLENGE when it was written to USER, on which of their streams, or why not.

    Moments are those of two looks of a worker at its streams: what is said happened in between.
    """
    try:
        with account_of(user), challenge_of(challenge):
            found = service().stream_histories.explain(challenge, user, service().clock(), event)
    except NotAParticipant:
        raise click.ClickException(f"{user} takes no part in challenge {challenge}.") from None
    if event is not None and event not in {logged.seq for logged in found.fates}:
        bounds = found.bounds
        raise click.ClickException(
            f"The log of challenge {challenge} has no event {event}: it has"
            f" {bounds.floor + 1} to {bounds.head}."
            if bounds.floor < bounds.head
            else f"The log of challenge {challenge} has no events any more."
        )
    moments = _moments(found)
    conclusion = list(_conclusion(found, moments))
    return Report(_data(found, conclusion), list(_lines(found, conclusion, moments)))


def _moments(found: Explanation) -> Moments:
    return Moments(
        moment
        for moment in (
            *(event.committed_at for event in found.fates),
            *(stream.opened_at for stream in found.streams),
            *(stream.ended_at for stream in found.streams),
        )
    )


def _lines(found: Explanation, conclusion: list[str], moments: Moments) -> Iterator[str]:
    day = f"{moments.day}, UTC" if moments.day else "UTC"
    yield (
        f"Challenge {found.challenge_id} ({found.status}) as {found.username} followed it."
        f" All times: {day}."
    )
    yield ""
    yield f"Streams of {found.username}:"
    yield from _indented(table(_STREAM, (_stream(s, moments) for s in found.streams)))
    if not found.streams:
        yield "  none is noted"
    for gap in found.gaps:
        if gap.since and gap.until:
            yield f"  Between {moments.at(gap.since)} and {moments.at(gap.until)} none was open."
    if lost := sum(stream.lost_notes for stream in found.streams):
        yield f"  {counted(lost, 'note')} of their workers found no place in this time."
    yield ""
    yield f"Events {found.bounds.floor + 1} to {found.bounds.head}:"
    rows = (
        (e.seq, e.type, moments.at(e.committed_at), e.request_id, _told(fates, moments))
        for e, fates in found.fates.items()
    )
    yield from _indented(table(("", "type", "committed", "caused by", "on each stream"), rows))
    if not found.fates:
        yield "  none is in the log any more"
    yield ""
    yield "Conclusion:"
    for told in conclusion:
        yield from wrap(told, _WIDTH, initial_indent="  ", subsequent_indent="    ")


def _conclusion(found: Explanation, moments: Moments) -> Iterator[str]:
    sessions = {story.session for story in found.stories}
    for story in found.stories:
        session = f"session {story.session}" if len(sessions) > 1 else ""
        yield sentence(story, moments, session)
    if not found.streams:
        yield f"No stream of {found.username} on this challenge is noted: nothing was sent to them."


def _stream(stream: StreamHistory, moments: Moments) -> tuple[object, ...]:
    ended = "open"
    if stream.ended_at is not None:
        ended = f"{moments.at(stream.ended_at)} {stream.reason}"
    elif stream.is_worker_gone:
        ended = f"with its worker, last heard of at {moments.at(stream.seen_at)}"
    frames = stream.frames
    said = f"{frames}, {counted(stream.errors, 'error')}" if stream.errors else frames
    return (
        stream.name,
        f"{stream.node}:{stream.pid}",
        stream.number,
        stream.transport,
        stream.session,
        moments.at(stream.opened_at),
        _begins(stream),
        ended,
        said,
        stream.request_id,
    )


def _begins(stream: StreamHistory) -> str:
    if stream.mode == "resumed":
        return f"after {stream.after}"
    if stream.mode == "reset":
        return f"reset from {stream.after} to {stream.head}"
    if stream.is_refused:
        return f"refused, {counted(stream.attempts, 'attempt')}"
    return f"snapshot at {stream.head}"


def _told(fates: list[Fate], moments: Moments) -> str:
    return "; ".join(_fate(fate, moments) for fate in fates) or "-"


def _fate(fate: Fate, moments: Moments) -> str:
    name = fate.stream.name
    if fate.kind in ("written", "snapshot"):
        how = {"snapshot": "in the snapshot"}.get(
            fate.kind, "replayed" if fate.is_replayed else "written"
        )
        return f"{name} {how} {moments.span(fate.since, fate.until)}"
    return f"{name} {_KINDS[fate.kind]}"


_KINDS = {
    "had": "had it",
    "unfinished": "was being written when it ended",
    "unwritten": "ended before",
    "waiting": "not noted yet",
    "unknown": "not known",
}


def _indented(lines: list[str]) -> Iterator[str]:
    return (f"  {line}" for line in lines)


def _data(found: Explanation, conclusion: list[str]) -> dict[str, object]:
    return {
        "challenge_id": found.challenge_id,
        "status": found.status,
        "username": found.username,
        "log": asdict(found.bounds),
        "streams": [asdict(stream) for stream in found.streams],
        "events": [
            asdict(event)
            | {
                "streams": [
                    {
                        "stream": fate.stream.name,
                        "kind": fate.kind,
                        "since": fate.since,
                        "until": fate.until,
                        "is_replayed": fate.is_replayed,
                    }
                    for fate in fates
                ]
            }
            for event, fates in found.fates.items()
        ],
        "gaps": [{"since": gap.since, "until": gap.until} for gap in found.gaps],
        "stories": [
            {
                "session": story.session,
                "first": story.events[0].seq,
                "last": story.events[-1].seq,
                "outcome": story.outcome,
            }
            for story in found.stories
        ],
        "conclusion": conclusion,
    }
