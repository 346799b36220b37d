"""How many calls the requests of a duel take, through gunicorn's worker, the app and SQLite.

Beside them, how many calls the background tasks take that look for something again and again. The worker
runs in this process, and its connections are socket pairs. Each request is made several times, and the
fewest calls count: a timer of the event loop can only add some.
"""

import json
import os
import signal
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, redirect_stderr
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import gevent
from flask import Flask
from gevent import socket
from gunicorn.config import Config
from gunicorn.glogging import Logger
from gunicorn.workers.ggevent import GeventWorker

from bench import accounts, protocols
from bench.accounts import Account
from bench.counts import Count, counted_calls
from qader_sse import create_app, log_setup
from qader_sse.config import Settings
from qader_sse.extensions import db
from qader_sse.service import Service
from qader_sse.web.streaming import gunicorn_adapter

_DUELS, _ANSWERS = 6, 10
_MISSED = 2 * _ANSWERS  # each answer brings two messages
_CHALLENGES = "/api/v1/challenges/challenges"
# Each is about 3 % above what was found when it was set.
_BOUNDS = {
    "ready": 1_205,
    "opening of a stream": 1_199,
    "answer, both streams included": 1_330,
    "stream resumed 20 messages behind": 1_206,
    "resumed 20 behind, the rival is there": 1_046,
    "poll that finds nothing": 972,
}

# What a worker does all the time, even while nothing changes: any message may have to wait for it.
_LOOK_BOUNDS = {
    "ended sessions": 59,
    "the next deadlines": 127,
    "who is there": 250,
    "whether the database answers": 139,
    "the revision of the tables": 52,
    "what is past its retention": 1_770,
}


def counts() -> Iterator[Count]:
    found: defaultdict[str, list[int]] = defaultdict(list)
    with _worker() as (app, worker):
        for number in range(_DUELS):
            pair = accounts.create(app, [f"one{number}", f"other{number}"])
            for name, calls in _duel(app.extensions["qader_sse"], worker, pair):
                found[name].append(calls)
        looks = list(_looks(app.extensions["qader_sse"], pair))
    for name, bound in _BOUNDS.items():
        yield Count(f"calls a request: {name}", min(found[name]), bound)
    for name, calls in looks:
        yield Count(f"calls a look: {name}", calls, _LOOK_BOUNDS[name])


@contextmanager
def _worker() -> Iterator[tuple[Flask, Any]]:
    """Yield the app on a fresh SQLite file, and a worker of gunicorn's that serves it."""
    with ExitStack() as running:
        folder = Path(running.enter_context(TemporaryDirectory(prefix="qader-bench-")))
        settings = Settings(
            secret_key="requests",  # noqa: S106  # of a database that lives as long as this process
            database_url=f"sqlite:///{folder}/qader.sqlite3",
            start_countdown_seconds=1e-9,
        )
        # The lines of the log are written, as their calls count, but nobody needs to see them.
        nowhere = running.enter_context(open(os.devnull, "w"))
        with redirect_stderr(nowhere):
            log_setup.install(settings.log_format)
        app = create_app(settings)
        app.test_cli_runner().invoke(args=["set-up"])
        listener = running.enter_context(closing(socket.create_server(("127.0.0.1", 0))))
        config = Config()
        worker = GeventWorker(1, os.getpid(), [listener], None, 30, config, Logger(config))
        worker.wsgi = app
        gunicorn_adapter.adopt(worker, app.extensions["qader_sse"])
        signal.signal(signal.SIGINT, signal.default_int_handler)
        yield app, worker
        with app.app_context():
            db.engine.dispose()


class _Connection:
    """The client's end of a connection to the worker."""

    def __init__(self, service: Service, worker: Any, account: Account) -> None:
        self._socket, server = socket.socketpair()
        self._account = account
        self._ended_sessions = service.hub.ended_sessions
        gevent.spawn(worker.handle, worker.sockets[0], server, ("127.0.0.1", 0))

    def get(self, path: str, headers: str = "") -> tuple[int, bytes]:
        return self._ask(protocols.request("GET", path, self._account.cookie, headers=headers))

    def post(self, path: str, content: Any = None) -> tuple[int, bytes]:
        return self._ask(protocols.request("POST", path, self._account.cookie, content))

    def receive(self) -> bytes:
        """Return what has come without being asked for."""
        received: bytes = self._socket.recv(2**18)
        return received

    def close(self) -> None:
        self._socket.close()

    def _ask(self, request: bytes) -> tuple[int, bytes]:
        """Return the calls until nothing is left to do, the few of this client included."""
        self._ended_sessions.catch_up()  # as a task does twice a second
        gevent.idle()
        with counted_calls() as calls:
            self._socket.sendall(request)
            received = self._socket.recv(2**18)
            gevent.idle()
        if not received.startswith(b"HTTP/1.1 200 "):
            raise RuntimeError(f"a request was refused: {received[:2000]!r}")
        return calls.number, received


def _duel(service: Service, worker: Any, pair: list[Account]) -> Iterator[tuple[str, int]]:
    """Play one until its first player has answered all; yield each request's name and calls."""
    one, other = pair
    now = service.clock
    duel = service.challenges.invite(one.id, "quick_quant_10", other.name, now())
    service.challenges.accept(duel.id, other.id, now())
    path, stream = f"{_CHALLENGES}/{duel.id}", f"/sse/challenges/{duel.id}/"
    first = _Connection(service, worker, one)
    first.get(f"{path}/")  # the first request of a connection takes more calls than the next
    yield "ready", first.post(f"{path}/ready/")[0]
    duel = service.challenges.ready(duel.id, other.id, now())
    streams = [_Connection(service, worker, player) for player in pair]
    for each in streams:
        yield "opening of a stream", each.get(stream)[0]
    for question in duel.questions[:_ANSWERS]:
        body = {"question_id": question.id, "selected_answer": question.correct_answer}
        calls, _ = first.post(f"{path}/answer/", body)
        yield "answer, both streams included", calls
    _, answer = first.get(f"{path}/events/")
    head = json.loads(answer.partition(b"\r\n\r\n")[2])["head"]
    streams += [_Connection(service, worker, other)]
    cursor = f"Last-Event-ID: {head - _MISSED}\r\n"
    calls, remembered = streams[-1].get(stream, cursor)
    yield "resumed 20 behind, the rival is there", calls
    complete = [remembered, *(each.receive() for each in streams[:2])]
    for each in streams:
        each.close()
    while service.hub.open_streams:  # nobody is left, and the worker remembers nothing
        gevent.sleep(0.001)
    calls, read = _Connection(service, worker, other).get(stream, cursor)
    yield "stream resumed 20 messages behind", calls
    ids = [b"\nid: %d\n" % number for number in range(head - _MISSED + 1, head + 1)]
    if not all(id_ in received for received in [*complete, read] for id_ in ids):
        raise RuntimeError("a message did not arrive")
    yield "poll that finds nothing", first.get(f"{path}/events/?after={head}")[0]


def _looks(service: Service, pair: list[Account]) -> Iterator[tuple[str, int]]:
    """Yield each look of a worker's background tasks that finds nothing new, and its calls."""
    there = {one.id for one in pair}
    looks: dict[str, Callable[[], object]] = {
        "ended sessions": service.hub.ended_sessions.catch_up,
        "the next deadlines": service.sweeper.run_once,
        "who is there": lambda: service.presence.record(there, there),
        "whether the database answers": service.database_check.run_once,
        "the revision of the tables": service.tables.run_once,
        "what is past its retention": service.sweeper.delete_old,
    }
    for name, look in looks.items():
        found = []
        for _ in range(4):  # the first ones have something to find
            with counted_calls() as calls:
                look()
            found.append(calls.number)
        yield name, min(found)
