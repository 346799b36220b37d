"""`flask --app wsgi who` and `tail`: who is connected where, and a topic as it grows."""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from types import FrameType

import click
from flask.cli import with_appcontext

from qader_sse.cli.output import (
    Report,
    ReportCommand,
    as_json,
    cell,
    counted,
    line,
    say,
    table,
    wants_json,
)
from qader_sse.cli.people import ChallengeId, account_of, challenge_of
from qader_sse.domain.delivery import LoggedEvent
from qader_sse.domain.events import challenge_topic, sessions_topic, user_topic
from qader_sse.domain.facts import Fact
from qader_sse.domain.stream_notes import POLLING
from qader_sse.service import service
from qader_sse.store.errors import StoreUnavailable
from qader_sse.store.stream_histories import WantedStreams

_LOOK_SECONDS = 0.5
_PAGE = 200


@click.command("who", cls=ReportCommand)
@with_appcontext
@click.option("--user", help="Only this person.")
@click.option("--topic", help="Only this topic: challenge:7, or user:NAME for notifications.")
@click.option("--node", help="Only on this machine.")
@click.option("--transport", type=click.Choice(["sse", "websocket", POLLING]))
def who(user: str | None, topic: str | None, node: str | None, transport: str | None) -> Report:
    """List who is connected: to which worker, how, and since when."""
    wanted = WantedStreams(
        user_id=None if user is None else _user_id(user),
        topic=None if topic is None else _topic(topic),
        node=node,
        transport=transport,
    )
    found = service().stream_histories.open_now(wanted, service().clock())
    columns = ("user", "topic", "transport", "node", "pid", "stream", "session", "since", "request")
    rows = (
        (
            s.username,
            s.topic,
            s.transport,
            s.node,
            s.pid,
            s.number,
            s.session,
            s.since,
            s.request_id,
        )
        for s in found
    )
    users, workers = {s.username for s in found}, {(s.node, s.pid) for s in found}
    counts = (("stream", found), ("user", users), ("worker", workers))
    summary = ", ".join(counted(len(all_of), thing) for thing, all_of in counts)
    return Report({"streams": [asdict(s) for s in found]}, [*table(columns, rows), summary])


@click.command("tail", cls=ReportCommand)
@with_appcontext
@click.argument("topic")
@click.option("--after", type=click.IntRange(min=0), help="Begin after this event; 0: with all.")
def tail(topic: str, after: int | None) -> None:
    """Print the events of TOPIC as they are committed, until Ctrl-C.

    TOPIC is challenge:7, user:NAME (notifications), or sessions (those that end). With --json, each
    event is one line.
    """
    name = _topic(topic)
    cursor = _cursor(name, after)
    with _until_interrupted() as goes_on:
        for event, fact in _followed(name, cursor, goes_on):
            click.echo(_as_json(name, event, fact) if wants_json() else _as_line(event, fact))


def _cursor(topic: str, after: int | None) -> int:
    bounds = service().stream_histories.bounds(topic)
    if after is None:
        return bounds.head
    if after > bounds.head:
        raise click.ClickException(
            f"{topic} has no event {after} yet: its last one is {bounds.head}."
        )
    if after < bounds.floor:
        say(f"The events of {topic} up to {bounds.floor} are no longer kept.")
    return after


@contextmanager
def _until_interrupted() -> Iterator[Callable[[], bool]]:
    """Yield whether Ctrl-C was not pressed yet; pressed once more, it ends the process as usual.

    A KeyboardInterrupt that is raised within a callback of the driver or of the connection pool is
    lost, and the command would go on.
    """
    pressed: list[int] = []

    def note(number: int, _frame: FrameType | None) -> None:
        pressed.append(number)
        signal.signal(signal.SIGINT, usual)

    usual = signal.signal(signal.SIGINT, note)
    try:
        yield lambda: not pressed
    finally:
        signal.signal(signal.SIGINT, usual)


def _followed(
    topic: str, cursor: int, goes_on: Callable[[], bool]
) -> Iterator[tuple[LoggedEvent, Fact]]:
    """Yield events as they come. While the database is away, say so once, and go on."""
    is_away = False
    while goes_on():
        try:
            found = service().stream_histories.events_after(topic, cursor, _PAGE)
        except StoreUnavailable:
            if not is_away:
                say("The database is away. What is committed later will follow.")
            found, is_away = [], True
        else:
            is_away = False
        for event, fact in found:
            cursor = event.seq
            yield event, fact
        if len(found) < _PAGE:
            time.sleep(_LOOK_SECONDS)


def _as_json(topic: str, event: LoggedEvent, fact: Fact) -> str:
    return as_json(asdict(event) | {"topic": topic, "fact": fact}, indent=None)


def _as_line(event: LoggedEvent, fact: Fact) -> str:
    said = as_json(fact, indent=None)
    return line((event.seq, event.committed_at, event.type, event.request_id, said))


def _topic(text: str) -> str:
    """Return the topic that an operator names. Ends the command if there is none."""
    kind, _, name = text.partition(":")
    if text == sessions_topic():
        return text
    if kind == "user" and name:
        return user_topic(_user_id(name))
    if kind != "challenge" or not name:
        raise click.ClickException(
            f"{cell(text)!r} is no topic. Name challenge:7, user:NAME or sessions."
        )
    number = ChallengeId().convert(name, None, None)
    with challenge_of(number):
        service().stream_histories.require_challenge(number)
    return challenge_topic(number)


def _user_id(name: str) -> int:
    with account_of(name):
        return service().stream_histories.user_id(name)
