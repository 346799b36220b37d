"""Two worlds that differ in one secret, and everything that one person receives in each of them.

The same steps are run in both. All that may differ without telling anything is taken out: the cookie, and
the reconnection time, which is random. The clocks are the same, and so are all ids.
"""

import random
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.test import TestResponse

from bench.protocols import Chunks
from qader_sse import create_app
from qader_sse.domain.presenters import Viewer
from qader_sse.realtime.streams.topic_start import TopicStart
from qader_sse.service import Service
from tests.conftest import dispose, make_settings
from tests.support.buses import SilenceableBus
from tests.support.clock import SettableClock
from tests.support.duel import CHALLENGES, add_users, sign_in
from tests.support.streams import wait_until
from tests.support.transports import TRANSPORTS, Viewing, viewing, viewing_several

NOTIFICATIONS = "/api/v1/challenges/notifications/events/?after=0"
_CHANCE = [
    (re.compile(rb"sessionid=[^;]+; Expires=[^;]+"), b"sessionid"),
    (re.compile(rb"retry: \d+"), b"retry"),
    (re.compile(rb"X-Request-ID: \w+"), b"X-Request-ID"),
]


@dataclass
class OpenStream:
    """One stream of the observed person, and how many messages it has to bring."""

    seen: Viewing
    topics: dict[str, int]  # by topic, the cursor before its first message
    is_snapshot: bool

    def expected(self, heads: Callable[[str], int]) -> int:
        return sum(heads(topic) - after for topic, after in self.topics.items()) + self.is_snapshot

    def brought(self) -> int:
        return len(self.seen.events if len(self.topics) > 1 else self.seen.messages)


@dataclass
class World:
    """One world, with the accounts noura, who is observed, khalid and huda."""

    number: int
    app: Flask
    clock: SettableClock
    ids: dict[str, int]
    stack: ExitStack
    received: list[bytes] = field(default_factory=list)
    streams: list[OpenStream] = field(default_factory=list)
    challenges: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.service: Service = self.app.extensions["qader_sse"]
        self.clients: dict[str, FlaskClient] = {
            name: sign_in(self.app.test_client(), name) for name in self.ids
        }

    def ask(self, name: str, method: str, path: str, body: Any = None) -> TestResponse:
        """Send a request; what noura gets for hers is kept, headers and all."""
        self.clock.advance(1)
        answer = self.clients[name].open(path, method=method, json=body)
        if name == "noura":
            self.received += [f"{method} {path}".encode(), whole(answer, answer.get_data())]
            if path == CHALLENGES and answer.status_code == 201:
                self.challenges.append(answer.get_json()["id"])
        return answer

    def begin(self, path: str) -> None:
        """Open a stream of noura's by HTTP, and close it behind its first messages."""
        with closing(self.clients["noura"].get(path)) as answer:
            body = b"".join(bytes(piece) for piece in islice(answer.response, 2))  # type: ignore[arg-type]  # bytes here
            self.received += [f"GET {path}".encode(), whole(answer, body)]

    def follow(
        self, transport: str, challenge_id: int, cursor: int | None, name: str = "noura"
    ) -> None:
        """Open a stream, which lives on until the end; what noura's brings is kept."""
        viewer = Viewer(self.ids[name], "ar")
        start = self.service.opener.challenge(challenge_id, viewer, cursor)
        seen = self.stack.enter_context(viewing(transport, self.service, viewer, start))
        if name == "noura":
            self._keep(seen, [start])

    def follow_all(self, transport: str, challenge_id: int) -> None:
        """Open a stream of a challenge and of the notifications, both from their beginning."""
        viewer = Viewer(self.ids["noura"], "en")
        starts = {
            f"challenges/{challenge_id}": self.service.opener.challenge(challenge_id, viewer, 0),
            "notifications": self.service.opener.notifications(viewer, 0),
        }
        several = viewing_several(transport, self.service, viewer, starts)
        self._keep(self.stack.enter_context(several), list(starts.values()))

    def sql(self, statement: str, **values: object) -> None:
        with self.service.database.transaction() as tx:
            tx.connection.execute(text(statement), values)
        self.service.challenge_cache.clear()

    def everything_received(self) -> list[bytes]:
        """Wait until all streams have brought all, and return what noura received."""
        for stream in self.streams:
            wait_until(partial(self._has_brought_all, stream))
            received = stream.seen.received
            body = Chunks().feed(received) if stream.seen.is_chunked else received
            self.received += [b"stream", body]
        return self.received

    def _has_brought_all(self, stream: OpenStream) -> bool:
        return stream.brought() >= stream.expected(self._head)

    def _keep(self, seen: Viewing, starts: list[TopicStart]) -> None:
        seen.read()
        topics = {start.topic: start.cursor for start in starts}
        is_snapshot = any(start.snapshot for start in starts)
        self.streams.append(OpenStream(seen, topics, is_snapshot))

    def _head(self, topic: str) -> int:
        with self.service.database.read_transaction() as connection:
            found = connection.scalar(
                text("SELECT head FROM topics WHERE name = :topic"), {"topic": topic}
            )
        return found or 0


@contextmanager
def world(number: int, template: Path, folder: Path) -> Iterator[World]:
    """Start a world with a fresh copy of the database."""
    path = folder / f"world-{number}.sqlite3"
    shutil.copy(template, path)
    clock = SettableClock()
    app = create_app(make_settings(f"sqlite:///{path}"), clock=clock, bus=SilenceableBus())
    names = ("noura", "khalid", "huda")
    ids = dict(zip(names, add_users(app.extensions["qader_sse"], *names), strict=True))
    with ExitStack() as stack:
        yield World(number, app, clock, ids, stack)
    dispose(app)


def whole(answer: TestResponse, body: bytes) -> bytes:
    """Return an answer with its headers, without what is random in it."""
    head = "".join(f"{name}: {value}\n" for name, value in sorted(answer.headers.items()))
    found = f"{answer.status}\n{head}\n".encode() + body
    for pattern, replacement in _CHANCE:
        found = pattern.sub(replacement, found)
    return found


def look_around(here: World, chance: random.Random) -> None:
    """Let noura ask for one thing, or open one stream, about one of her challenges."""
    paths = ["/api/v1/users/online/", NOTIFICATIONS, CHALLENGES, f"{CHALLENGES}?status=ongoing"]
    if here.challenges:
        one = chance.choice(here.challenges)
        path = f"{CHALLENGES}{one}/"
        paths += [path, f"{path}results/", f"{path}events/", f"{path}events/?after=0"]
        paths += [f"{path}events/?after={chance.randrange(9)}", f"/en{path}", f"/ar{path}"]
        kind = chance.randrange(10)
        if kind == 0:
            return here.follow(chance.choice(TRANSPORTS), one, chance.choice([None, 0, 1]))
        if kind == 1:
            return here.follow_all(chance.choice(TRANSPORTS[:3]), one)
        if kind == 2:
            return here.begin(f"/sse/challenges/{one}/")
        if kind == 3:
            return here.begin(f"/ar/sse/stream/?topics=challenges/{one},notifications")
    here.ask("noura", "GET", chance.choice(paths))
    return None
