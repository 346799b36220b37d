"""What counts is when a request arrived: not when a busy server came to it, nor when it was begun."""

import os
import signal
import socket
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from qader_client.rest import CHALLENGES, Answer, Api
from sqlalchemy import select, text, update

from cluster.local_cluster import Cluster
from cluster.waiting import wait_until
from qader_sse import create_app
from qader_sse.domain.challenge import Challenge
from qader_sse.domain.events import challenge_topic
from qader_sse.service import Service
from qader_sse.store import event_log, models
from tests.conftest import dispose, make_settings
from tests.support.duel import PASSWORD, QUICK_HASH, add_users, started_duel

pytestmark = pytest.mark.timeout(120)

POOL = 2


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """Two nodes of one worker: one will be busy, and the other one's sweeper is awake."""
    with Cluster(
        nodes=2, workers=1, PASSWORD_HASH_METHOD=QUICK_HASH, DATABASE_POOL_SIZE=str(POOL)
    ) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def service(cluster: Cluster) -> Iterator[Service]:
    """The use cases on the cluster's database, called from this process."""
    app = create_app(make_settings(cluster.postgres.url))
    found: Service = app.extensions["qader_sse"]
    add_users(found, "noura", "khalid")
    yield found
    dispose(app)


@pytest.fixture
def noura(cluster: Cluster) -> Iterator[Api]:
    """A player at the node that will be busy."""
    api = Api.signed_in(cluster.nodes[0].base_url, "noura", PASSWORD)
    yield api
    api.close()


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(20) as pool:
        yield pool


def duels_until(service: Service, noura: Api, end_at: datetime, number: int) -> list[Challenge]:
    """Start duels that no node has read yet, and let the time of all run out at one moment."""
    duels = [started_duel(service, noura.user_id, "khalid") for _ in range(number)]
    ids = [duel.id for duel in duels]
    with service.database.transaction() as tx:
        these = update(models.Challenge).where(models.Challenge.id.in_(ids))
        tx.connection.execute(these.values(deadline_at=end_at, due_at=end_at))
    return duels


def sleep_until(moment: datetime) -> None:
    time.sleep(max(0.0, (moment - datetime.now(UTC)).total_seconds()))


def after(end_at: datetime, seconds: float) -> datetime:
    return end_at + timedelta(seconds=seconds)


@contextmanager
def stopped(cluster: Cluster) -> Iterator[None]:
    """The worker of the first node comes to nothing meanwhile, as one without any CPU time."""
    (pid,) = cluster.nodes[0].worker_pids
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def ended_duel(api: Api, duel: Challenge) -> Answer:
    def is_over() -> bool:
        return bool(api.detail(duel.id)["status"] == "completed")

    wait_until(is_over)
    return api.get(f"{CHALLENGES}{duel.id}/results/")


def answered_at(service: Service, duel: Challenge) -> list[datetime]:
    with service.database.read_transaction() as connection:
        times = select(models.Answer.answered_at).where(models.Answer.challenge_id == duel.id)
        return list(connection.scalars(times))


class Dawdler:
    """An answer whose last byte is sent when told so."""

    def __init__(self, api: Api, duel: Challenge) -> None:
        body = f'{{"question_id": {duel.questions[0].id}, "selected_answer": "A"}}'.encode()
        head = (
            f"POST {CHALLENGES}{duel.id}/answer/ HTTP/1.1\r\nHost: {api.base_url[7:]}\r\n"
            f"Cookie: sessionid={api.cookie}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        ).encode()
        port = int(api.base_url.rpartition(":")[2])
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=20)
        self._socket.sendall(head + body[:-1])
        self._rest = body[-1:]

    def finish(self) -> bytes:
        """Send the last byte; return the answer."""
        with self._socket, self._socket.makefile("rb") as answer:
            self._socket.sendall(self._rest)
            return answer.read()


@pytest.mark.claim("R25")
def test_what_arrived_in_time_counts_though_the_worker_came_to_it_too_late(
    cluster: Cluster, service: Service, noura: Api, pool: ThreadPoolExecutor
) -> None:
    end_at = datetime.now(UTC) + timedelta(seconds=4)
    *in_time, left, late, late_leave, unfinished, begun = duels_until(service, noura, end_at, 10)
    connections = [noura.another() for _ in range(9)]
    sent: dict[int, Future[Answer]] = {}

    def answer(duel: Challenge) -> None:
        sent[duel.id] = pool.submit(connections.pop().answer, duel.id, duel.questions[0].id, "A")

    sleep_until(after(end_at, -1))
    elsewhere = Dawdler(Api(cluster.nodes[1].base_url, noura.cookie), begun)
    with stopped(cluster):
        dawdler = Dawdler(noura, unfinished)
        for duel in in_time:
            answer(duel)
        sent[left.id] = pool.submit(connections.pop().act, left.id, "leave")
        sleep_until(after(end_at, 0.1))
        answer(late)
        sent[late_leave.id] = pool.submit(connections.pop().act, late_leave.id, "leave")
        dawdled = [pool.submit(each.finish) for each in (dawdler, elsewhere)]
        sleep_until(after(end_at, 0.5))

    for duel in in_time:
        assert sent[duel.id].result().status == 200, sent[duel.id].result()
        (at,) = answered_at(service, duel)
        assert after(end_at, -1) <= at < end_at
    assert sent[left.id].result().body["end_reason"] == "left"
    assert "Time is up" in sent[late.id].result().body["detail"]
    for refused in dawdled:
        assert b"Time is up" in refused.result()
    assert sent[late_leave.id].result().status == 200
    for duel in (*in_time, late, late_leave, unfinished, begun):
        ended = ended_duel(noura, duel).body
        assert ended["end_reason"] == "time"
        assert ended["completed_at"] == ended["deadline_at"]
    assert [answered_at(service, duel) for duel in (late, unfinished, begun)] == 3 * [[]]


@pytest.mark.claim("R25")
def test_an_answer_that_waits_for_a_full_pool_beyond_the_deadline_counts(
    cluster: Cluster, service: Service, noura: Api, pool: ThreadPoolExecutor
) -> None:
    end_at = datetime.now(UTC) + timedelta(seconds=4)
    duel, locked = duels_until(service, noura, end_at, 2)
    connections = [noura.another() for _ in range(POOL + 2)]
    sleep_until(after(end_at, -1))  # nothing waits for a lock for two seconds
    with service.database.transaction() as tx:
        event_log.lock(tx.connection, challenge_topic(locked.id))
        in_the_pool = [
            pool.submit(connections.pop().answer, locked.id, question.id, "A")
            for question in locked.questions[:POOL]
        ]
        waiting = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
        wait_until(lambda: tx.connection.scalar(waiting) == POOL)
        first, second, *_ = duel.questions
        in_time = pool.submit(connections.pop().answer, duel.id, first.id, "A")
        sleep_until(after(end_at, 0.2))
        late = pool.submit(connections.pop().answer, duel.id, second.id, "A")
        sleep_until(after(end_at, 0.4))
        assert not in_time.done()
    assert in_time.result().status == 200
    assert late.result().status == 400
    assert [future.result().status for future in in_the_pool] == POOL * [200]
    assert len(answered_at(service, duel)) == 1
    assert ended_duel(noura, duel).body["end_reason"] == "time"


def test_an_answer_after_which_nothing_can_be_done_any_more_is_refused(
    cluster: Cluster, service: Service, noura: Api, pool: ThreadPoolExecutor
) -> None:
    """A worker that stands still for longer than the grace: another one has ended the duel."""
    end_at = datetime.now(UTC) + timedelta(seconds=3)
    (duel,) = duels_until(service, noura, end_at, 1)
    elsewhere = Api(cluster.nodes[1].base_url, noura.cookie)
    sleep_until(after(end_at, -0.3))
    with stopped(cluster):
        question = duel.questions[0].id
        sent = pool.submit(partial(noura.another().answer, duel.id, question, "A"))
        ended = ended_duel(elsewhere, duel).body
    elsewhere.close()
    assert sent.result().status == 400
    assert (ended["end_reason"], ended["completed_at"]) == ("time", ended["deadline_at"])
    assert answered_at(service, duel) == []
