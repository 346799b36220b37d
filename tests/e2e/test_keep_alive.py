"""Connections that are reused, as proxies do: no request is lost when one of them is closed.

Lost is a request that was sent into a connection which looked open, and got no answer. A proxy
may not repeat such a POST.
"""

import signal
import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.client import HTTPConnection
from random import Random
from typing import Literal

from qader_client.rest import Api

from cluster.local_server import LocalServer
from cluster.waiting import wait_until
from tests.support.servers import MakeServer

Outcome = Literal["answered", "closed", "lost"]

REQUEST = b"POST /api/v1/auth/logout/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\n\r\n"


class Reused:
    """A connection as a proxy keeps it."""

    def __init__(self, port: int) -> None:
        self.is_announced_to_end = False
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=20)

    def post(self) -> Outcome:
        if self.is_closed():
            return "closed"
        head = b""
        try:
            self._socket.sendall(REQUEST)
            while b"\r\n\r\n" not in head:
                data = self._socket.recv(65536)
                if not data:
                    return "lost"
                head += data
        except ConnectionError:
            return "lost"
        assert head.startswith(b"HTTP/1.1 204 ")
        self.is_announced_to_end = b"\r\nconnection: close\r\n" in head.lower()
        return "answered"

    def is_closed(self) -> bool:
        self._socket.setblocking(False)
        try:
            return self._socket.recv(1, socket.MSG_PEEK) == b""
        except BlockingIOError:
            return False
        except ConnectionError:
            return True
        finally:
            self._socket.settimeout(20)

    def close(self) -> None:
        self._socket.close()


def post_twice(port: int, pauses: list[float]) -> list[Outcome]:
    """For each pause, on a connection of its own: send a request, wait so long, send another."""

    def one(pause: float) -> Outcome:
        with closing(Reused(port)) as connection:
            assert connection.post() == "answered"
            time.sleep(pause)
            return connection.post()

    with ThreadPoolExecutor(len(pauses)) as pool:
        return list(pool.map(one, pauses))


def around(seconds: float) -> list[float]:
    """Return sixty pauses from 20 ms less to 20 ms more than this one."""
    return [seconds - 0.02 + 0.04 * number / 59 for number in range(60)]


def test_a_proxy_that_keeps_connections_for_less_than_the_server_loses_nothing(
    server: LocalServer,
) -> None:
    """The pauses are around 5 s, after which the server still closes connections of other peers."""
    assert post_twice(server.port, around(5.0)) == ["answered"] * 60


def test_a_request_that_arrives_at_the_limit_of_the_server_is_answered(
    make_server: MakeServer,
) -> None:
    """Only requests that arrive between the server's last read and its close may be lost."""
    with make_server(KEEPALIVE_SECONDS="1") as own:
        *outcomes, late = post_twice(own.port, [*around(1.0), 2.0])
    assert outcomes.count("lost") <= 3
    assert late == "closed"


def test_an_idle_connection_of_a_peer_that_is_no_proxy_ends_after_five_seconds(
    make_server: MakeServer,
) -> None:
    with make_server(FORWARDED_ALLOW_IPS="192.0.2.1") as own, closing(Reused(own.port)) as reused:
        assert reused.post() == "answered"
        began = time.monotonic()
        wait_until(reused.is_closed, timeout=20)
        assert 4 < time.monotonic() - began < 10


def test_a_connection_without_a_first_request_ends_after_five_seconds(server: LocalServer) -> None:
    with closing(Reused(server.port)) as silent:
        began = time.monotonic()
        wait_until(silent.is_closed, timeout=20)
        assert 4 < time.monotonic() - began < 10


def test_no_request_is_lost_while_a_server_drains(make_server: MakeServer) -> None:
    random = Random(7)
    with make_server(LAME_DUCK_SECONDS="1") as own, ThreadPoolExecutor(21) as pool:
        clients = [pool.submit(post_until_refused, own.port, random.random) for _ in range(20)]
        time.sleep(1.0)
        stopping = pool.submit(own.stop, signal.SIGTERM)
        outcomes = [outcome for client in clients for outcome in client.result()]
        stopping.result()
    assert outcomes.count("answered") > 100
    assert "lost" not in outcomes


def test_a_server_that_drains_announces_the_end_of_connections_and_ends_idle_ones(
    make_server: MakeServer,
) -> None:
    with make_server(LAME_DUCK_SECONDS="3") as own, ThreadPoolExecutor(1) as pool:
        with closing(Reused(own.port)) as busy, closing(Reused(own.port)) as idle:
            stopping = pool.submit(own.stop, signal.SIGTERM)
            assert idle.post() == "answered"
            began = time.monotonic()
            wait_until(lambda: busy.post() == "answered" and busy.is_announced_to_end, timeout=2.5)
            if not idle.is_announced_to_end:
                wait_until(idle.is_closed)
                assert time.monotonic() - began < 4.5
        stopping.result()


def test_a_stream_announces_that_its_connection_ends_with_it(
    server: LocalServer, player: Callable[[int], Api]
) -> None:
    with closing(HTTPConnection("127.0.0.1", server.port, timeout=20)) as connection:
        headers = {"Cookie": f"sessionid={player(1).cookie}"}
        connection.request("GET", "/sse/challenges/notifications/", headers=headers)
        head = connection.getresponse().headers
    assert head["Content-Type"].startswith("text/event-stream")
    assert head["Connection"] == "close"


def post_until_refused(port: int, random: Callable[[], float]) -> list[Outcome]:
    """Post again and again; open a connection where the last one has ended or says it ends."""
    outcomes: list[Outcome] = []
    while True:
        try:
            connection = Reused(port)
        except ConnectionError:
            return outcomes
        with closing(connection):
            is_first = True
            while not connection.is_announced_to_end:
                outcome = connection.post()
                if is_first and outcome != "answered":
                    break  # the listening socket was closed with this connection in its queue
                outcomes.append(outcome)
                if outcome != "answered":
                    break
                is_first = False
                time.sleep(0.3 * random())
