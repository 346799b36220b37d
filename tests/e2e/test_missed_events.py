"""Why a player missed something: the dashboard says what happened, and one id leads to whom it befell.

Two nodes share a database and a Redis. Noura follows a duel on the one, Khalid answers on the other.
"""

import json
import os
import random
import re
import signal
import time
from collections.abc import Iterator, Set
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from typing import Any

import pytest
from flask.testing import FlaskCliRunner
from qader_client.rest import Answer, Api
from qader_client.watch import SseWatcher
from sqlalchemy import text

from cluster.fault_proxy.handle import FaultProxy
from cluster.node import Node
from cluster.prometheus_server import PrometheusServer
from cluster.redis_server import RedisServer, redis_url
from cluster.waiting import wait_until
from qader_sse import create_app
from qader_sse.config import Settings
from qader_sse.extensions import db
from qader_sse.service import Service
from tests.support.dashboard import OF_A_BUSY_MACHINE, SIGNS, Look
from tests.support.duel import PASSWORD, QUICK_HASH
from tests.support.http_duels import PATH, answer_all, start
from tests.support.json_log import lines_of
from tests.support.lateness import Lateness
from tests.support.slow_sockets import connect

pytestmark = pytest.mark.timeout(120)

_BUSY_SECONDS = 0.1  # a thread that slept is back within milliseconds on one that is not
SECRET_KEY = "the-key-of-a-test-of-what-was-missed"
SCRAPE_SECONDS = 0.5
# Workers copy their numbers once a second. Before that, the one stream may still be the last scene's.
_KNOWN_AFTER_SECONDS = 1 + 2 * SCRAPE_SECONDS
ROWS = text("SELECT seq FROM events WHERE request_id = :id ORDER BY seq")


@dataclass(frozen=True, slots=True)
class Scene:
    """A duel that has begun, and where its players are."""

    hers: Node
    his: Node
    redis_of_his: FaultProxy
    prometheus: PrometheusServer
    operator: FlaskCliRunner
    noura: Api
    khalid: Api
    detail: Any
    clients: ExitStack
    machine: Lateness

    @property
    def path(self) -> str:
        return PATH.format(self.detail["id"])

    def follow(self, api: Api) -> SseWatcher:
        """Open a stream of noura's that resumes after the start, until the scene is over."""
        stream = SseWatcher(api, self.path).open("5")
        self.clients.callback(stream.cut)
        return stream

    def answer(self) -> Answer:
        """Have Khalid answer the first question: events 6 and 7."""
        return self.khalid.answer(self.detail["id"], self.detail["questions"][0]["id"], "A")

    def look(self) -> Look:
        """Look at the dashboard from now on, when it knows of noura's stream and of no other."""
        time.sleep(_KNOWN_AFTER_SECONDS)
        streams = 'sum(qader_streams_open{transport="sse"}) == 1'
        wait_until(lambda: self.prometheus.query(streams), pause=SCRAPE_SECONDS)
        self.machine.longest_seconds = 0.0
        return Look(self.prometheus)

    def caused(self, request_id: str) -> list[int]:
        """Return the numbers of the events that a request has caused."""
        service: Service = self.operator.app.extensions["qader_sse"]
        with service.database.transaction() as tx:
            return list(tx.connection.scalars(ROWS, {"id": request_id}))

    def explained(self) -> Any:
        """Return what `explain` says of noura and the duel."""
        command = ("explain", str(self.detail["id"]), "missed1", "--json")
        return json.loads(self.operator.invoke(args=command).output)


@pytest.fixture(scope="module")
def nodes(
    postgres_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Node, Node, FaultProxy, PrometheusServer]]:
    folder = tmp_path_factory.mktemp("nodes")
    settings = {
        "DATABASE_URL": postgres_url,
        "SECRET_KEY": SECRET_KEY,
        "PASSWORD_HASH_METHOD": QUICK_HASH,
        "LOG_FORMAT": "json",
        "STREAM_NOTE_SECONDS": "0.2",
        "CATCH_UP_SECONDS": "1",
        "PEER_TIMEOUT_SECONDS": "1",
    }
    with RedisServer(folder) as redis, FaultProxy(redis.port) as redis_of_his:
        hers = Node("hers", folder, settings | {"REDIS_URL": redis.url}, workers=1)
        near = {"REDIS_URL": redis_url(redis_of_his.port)}
        his = Node("his", folder, settings | near, workers=1)
        targets = [f"127.0.0.1:{node.port}" for node in (hers, his)]
        with hers, his, PrometheusServer(folder, targets) as prometheus:
            names = ("--count", "2", "--prefix", "missed")
            hers.flask("users", "seed", *names, "--password", PASSWORD)
            yield hers, his, redis_of_his, prometheus


@pytest.fixture(scope="module")
def operator(postgres_url: str) -> Iterator[FlaskCliRunner]:
    """Commands of an operator, on the database of the nodes."""
    app = create_app(Settings(secret_key=SECRET_KEY, database_url=postgres_url))
    yield app.test_cli_runner()
    service: Service = app.extensions["qader_sse"]
    service.database_check.close()
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def scene(
    nodes: tuple[Node, Node, FaultProxy, PrometheusServer], operator: FlaskCliRunner
) -> Iterator[Scene]:
    with ExitStack() as clients:
        players = []
        for number, node in enumerate(nodes[:2], 1):
            players.append(Api.signed_in(node.base_url, f"missed{number}", PASSWORD))
            clients.callback(players[-1].close)
        detail = start(players[0], players[1], "speed_challenge_5min")
        machine = clients.enter_context(Lateness())
        yield Scene(*nodes, operator, players[0], players[1], detail, clients, machine)


def wait_until_shown(
    scene: Scene, look: Look, signs: set[str], possibly: Set[str] = frozenset()
) -> None:
    """Wait until these signs are seen on the dashboard, and no other.

    A machine that was late itself may show that, too.
    """

    def others() -> set[str]:
        shown = {name for name, sign in SIGNS.items() if look.shows(sign)}
        is_late = scene.machine.longest_seconds > _BUSY_SECONDS
        return signs ^ (shown - possibly - (OF_A_BUSY_MACHINE - signs if is_late else set()))

    with suppress(TimeoutError):
        wait_until(lambda: not others(), pause=SCRAPE_SECONDS)
    assert not others()


def follow_the_id(scene: Scene, answer: Answer, stream: str, story: str) -> None:
    """Follow an answer's id to its log line, its events, and what `explain` says of their way."""
    request_id = answer.headers["X-Request-ID"]
    line = lines_of(scene.his, request_id, 1)["request"]
    assert (line["user"], line["challenge"]) == (scene.khalid.user_id, scene.detail["id"])
    caused = scene.caused(request_id)

    def told() -> bool:
        return any(re.search(story, one) for one in scene.explained()["conclusion"])

    with suppress(TimeoutError):
        wait_until(told, pause=0.2)
    found = scene.explained()
    assert re.search(story, "\n".join(found["conclusion"]), re.MULTILINE)
    assert caused == [e["seq"] for e in found["events"] if e["request_id"] == request_id]
    (named,) = (s for s in found["streams"] if s["name"] == stream)
    opened = lines_of(scene.hers, named["request_id"], 1)["stream opened"]
    assert opened["user"] == scene.noura.user_id


def test_a_cut_network(scene: Scene) -> None:
    with FaultProxy(scene.hers.port) as network:
        scene.follow(Api(network.base_url, cookie=scene.noura.cookie))
        look = scene.look()
        network.partition()
        answer = scene.answer()
        scene.follow(scene.noura).wait_for("participant.update")
    wait_until_shown(scene, look, {"gone", "back"})
    follow_the_id(
        scene, answer, "A",
        r"^Events 6 to 7 were committed at \S+; they were written to A between \S+ and \S+; the"
        r" client never acknowledged them: its next resume \(B, at \S+\) asked from 5; the resume at"
        r" \S+ \(B, after 5\) brought them",
    )  # fmt: skip


def test_a_frozen_tab(scene: Scene) -> None:
    frozen = connect(scene.noura, f"GET {scene.path}?last_event_id=0 HTTP/1.1")
    scene.clients.callback(frozen.close)
    look = scene.look()
    players = (scene.khalid, scene.noura)
    ((last, question_id),) = answer_all(players, scene.detail, random.Random(1), leave_out=1)
    wait_until(lambda: look.shows(SIGNS["slow"]), pause=SCRAPE_SECONDS)
    answer = last.answer(scene.detail["id"], question_id, "A")
    scene.follow(scene.noura).wait_for("challenge.end")
    wait_until_shown(scene, look, {"slow", "back"})
    follow_the_id(
        scene, answer, "A",
        r"while no stream of theirs was open, .*; the resume at \S+ \(B, after 5\) brought them",
    )  # fmt: skip


def test_a_slow_worker(scene: Scene) -> None:
    stream = scene.follow(scene.noura)
    look = scene.look()
    (worker,) = scene.hers.worker_pids
    os.kill(worker, signal.SIGSTOP)
    answer = scene.answer()
    time.sleep(2)  # for so long it stands
    os.kill(worker, signal.SIGCONT)
    stream.wait_for("participant.update")
    wait_until_shown(scene, look, {"late", "stood"})
    follow_the_id(
        scene, answer, "A",
        # On its first turn the worker may also ask the log before it reads what Redis has sent.
        r"^Events 6 to 7 .* were written to A between \S+ and \S+: .*stood still for [1-9]\.\d s, until",
    )  # fmt: skip


def test_a_lost_announcement(scene: Scene) -> None:
    stream = scene.follow(scene.noura)
    look = scene.look()
    scene.redis_of_his.partition()
    answer = scene.answer()
    stream.wait_for("participant.update")
    # Late by up to a second, at this pace of catching up.
    wait_until_shown(scene, look, {"lost"}, {"late"})
    scene.redis_of_his.pass_through()
    follow_the_id(
        scene, answer, "A",
        r"^Events 6 to 7 .* were written to A between \S+ and \S+: no announcement of them had"
        r" reached the worker, which found what was missing in the log at",
    )  # fmt: skip
