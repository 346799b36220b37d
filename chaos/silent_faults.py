"""Faults that nothing reports by itself: what a database, a clock or a client says is not true."""

import signal
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from itertools import count

import gevent
import psycopg
from qader_client.rest import Api

from chaos.faults import Fault, Target
from chaos.socket_readers import reset
from qader_sse.domain.events import Event, challenge_topic
from qader_sse.realtime.bus.announcements import Announcement

_ANNOUNCEMENTS_A_SECOND = 1500
_BATCHES_A_SECOND = 20
_CLOCK_OFFSET_SECONDS = 10
_SLOW_SENDERS = 40
_PASSWORD = "silent-pass-1"  # noqa: S105  # of accounts that live as long as this process
# A client may send into its stream: it must not be able to do so for ever.
_MAX_SWALLOWED_BYTES = 50_000_000

# The chance is that of each row that a query reads. Writes go through the view, and never fail.
_FAIL_READS = """
ALTER TABLE events RENAME TO whole_events;
CREATE FUNCTION is_readable() RETURNS boolean VOLATILE LANGUAGE plpgsql AS $$
DECLARE
  luck float := random();
BEGIN
  IF luck < 0.025 THEN
    RAISE SQLSTATE 'XX001' USING MESSAGE = 'invalid page in block 7';
  ELSIF luck < 0.05 THEN
    RAISE SQLSTATE 'P0001' USING MESSAGE = 'an error that nobody has foreseen';
  END IF;
  RETURN true;
END $$;
CREATE VIEW events AS SELECT * FROM whole_events WHERE is_readable();
"""
_READ_AGAIN = """
DROP VIEW events;
DROP FUNCTION is_readable;
ALTER TABLE whole_events RENAME TO events;
"""


def join_under_announcements(target: Target) -> str:
    published = [0]
    flood = gevent.spawn(_publish, target, published)
    began_at = time.monotonic()
    times = 0
    try:
        while not times or time.monotonic() - began_at < target.seconds:
            for node in target.cluster.nodes:
                node.reload()
            times += 1
    finally:
        flood.kill()
    rate = published[0] / (time.monotonic() - began_at)
    return f"all workers replaced {times} × under {rate:.0f} announcements a second"


def _publish(target: Target, published: list[int]) -> None:
    """Announce events of topics that nobody follows, on all partitions, until killed."""
    names = target.redis("PUBSUB", "CHANNELS", "qader:*}")
    size = _ANNOUNCEMENTS_A_SECOND // _BATCHES_A_SECOND
    began_at = time.monotonic()
    with closing(target.cluster.redis.client()) as client:
        for batch in count(1):
            pipeline = client.pipeline(transaction=False)
            for number in range(size):
                topic = challenge_topic(10**9 + number)
                event = Event(topic, batch, "participant.update", {})
                data = Announcement("chaos", topic, (event,)).encode()
                pipeline.publish(names[number % len(names)], data)
            pipeline.execute()
            published[0] += size
            ahead = batch / _BATCHES_A_SECOND - (time.monotonic() - began_at)
            gevent.sleep(max(0.0, ahead))


def fail_reads(target: Target) -> str:
    def hang_up_some() -> None:
        for viewer in target.some_viewers():
            viewer.hang_up()

    address = target.cluster.postgres.url.replace("+psycopg", "", 1)
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(_FAIL_READS)
        try:
            times = target.repeat(hang_up_some, pause=2)
        finally:
            connection.execute(_READ_AGAIN)
    return f"one row of twenty could not be read; half of the viewers came back {times} ×"


def differ_clocks(target: Target) -> str:
    """One node starts with a clock that is ahead, which then steps back, as the other's does."""
    first, second = target.cluster.nodes
    clocks = target.cluster.clocks
    try:
        clocks[1].shift(_CLOCK_OFFSET_SECONDS)
        second.stop(signal.SIGTERM)
        second.start()
        _check_session(target, second.base_url, first.base_url)
        time.sleep(target.seconds / 2)
        clocks[1].shift(-_CLOCK_OFFSET_SECONDS)
        clocks[0].shift(_CLOCK_OFFSET_SECONDS)
        time.sleep(target.seconds / 2)
        _check_session(target, first.base_url, second.base_url)
    finally:
        for clock in clocks:
            clock.shift(0)
        second.stop(signal.SIGTERM)
        second.start()
    return f"one node {_CLOCK_OFFSET_SECONDS} s ahead, then both stepped, in two directions"


def _check_session(target: Target, here: str, there: str) -> None:
    """Open a session on one node, and use it on the other."""
    with _register(target, here) as api, closing(Api(there, api.cookie)) as other:
        status = other.get("/api/v1/users/me/").status
        if status != 200:
            target.problems.append(f"a session of one node was answered {status} by the other")


def kill_pgbouncer(target: Target) -> str:
    pgbouncer = target.cluster.pgbouncer
    if pgbouncer is None:
        raise ValueError("only a cluster that is extended has a PgBouncer")

    def kill_and_restart() -> None:
        pgbouncer.kill()
        time.sleep(target.chance.uniform(0.5, 2))
        pgbouncer.start()

    return f"killed and started {target.repeat(kill_and_restart, pause=2)} ×"


def send_slowly(target: Target) -> str:
    """Clients send the heads or the bodies of their requests byte by byte, to all hosts."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(_connect(target.some_host())) for _ in range(_SLOW_SENDERS)]
        for number, sock in enumerate(sockets):
            sock.sendall(b"POST /api/v1/auth/login/ HTTP/1.1\r\nHost: slow\r\n")
            if number % 2:
                sock.sendall(b"Content-Type: application/json\r\nContent-Length: 5000\r\n\r\n")

        def send_a_byte() -> None:
            for sock in sockets:
                with suppress(OSError):  # the service has given up on it
                    sock.sendall(b"x")

        target.repeat(send_a_byte, pause=0.5)
    return f"{_SLOW_SENDERS} clients for {target.seconds:.0f} s, half of them with a slow body"


def talk_without_end(target: Target) -> str:
    """A client that follows its notifications sends into that connection as fast as it can."""
    node = target.chance.choice(target.cluster.nodes)
    host = node.base_url.removeprefix("http://")
    end = time.monotonic() + target.seconds
    swallowed = connections = 0
    with _register(target, node.base_url) as api:
        request = (
            f"GET /sse/challenges/notifications/ HTTP/1.1\r\nHost: {host}\r\n"
            f"Cookie: sessionid={api.cookie}\r\n\r\n"
        )
        while time.monotonic() < end:
            connections += 1
            swallowed += _talk(host, request.encode(), end)
            gevent.sleep(0.2)
    if swallowed > _MAX_SWALLOWED_BYTES:
        target.problems.append(f"{swallowed / 1e6:.0f} MB of one client were swallowed")
    return f"{swallowed / 1e6:.1f} MB taken from one client, which had to connect {connections} ×"


def _talk(host: str, request: bytes, end: float) -> int:
    """Return how many bytes were taken until the connection was cut, or the time was up."""
    taken = 0
    with _connect(host) as sock, suppress(OSError):
        sock.sendall(request)
        while chunk := sock.recv(1000):
            if b'"open"' in chunk:
                break
        while time.monotonic() < end:
            taken += sock.send(b"x" * 65536)
        reset(sock)
    return taken


def _connect(host: str) -> socket.socket:
    name, _, port = host.partition(":")
    return socket.create_connection((name, int(port)), timeout=5)


@contextmanager
def _register(target: Target, base_url: str) -> Iterator[Api]:
    """Sign up somebody new on this host."""
    name = f"silent{target.chance.randrange(10**9)}"
    with closing(Api(base_url)) as api:
        answer = api.post("/api/v1/auth/register/", {"username": name, "password": _PASSWORD})
        if answer.status != 201:
            target.problems.append(f"signing up was answered {answer.status} {answer.body}")
        yield api


SILENT_FAULTS = (
    Fault(
        "join-busy",
        "workers join under 1,500 announcements/s",
        join_under_announcements,
        excuses_rest=True,  # as a rolling restart
    ),
    Fault(
        "failing-reads",
        "reads of the log fail at random",
        fail_reads,
        is_logged=True,
        resets=True,
    ),
    Fault("clocks", "clocks differ by 10 s and step", differ_clocks, excuses_rest=True),
    Fault("kill-pgbouncer", "PgBouncer `kill -9` and restart", kill_pgbouncer, excuses_rest=True),
    Fault("slow-requests", "slow heads and slow bodies", send_slowly),
    Fault("talkative", "a client that talks without end", talk_without_end),
)
