"""The proxy forwards, and makes the faults of a network that need no knowledge of HTTP."""

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from cluster.fault_proxy.handle import FaultProxy
from cluster.process import is_listening
from cluster.waiting import wait_until
from tests.cluster.echo import EchoServer, running_echo_server

Connect = Callable[[], socket.socket]
# Bytes that have not arrived after this time are held back: on one machine, others take far less.
SILENCE_SECONDS = 0.3


@pytest.fixture
def echo() -> Iterator[EchoServer]:
    with running_echo_server() as server:
        yield server


@pytest.fixture
def proxy(echo: EchoServer) -> Iterator[FaultProxy]:
    with FaultProxy(echo.port) as proxy:
        yield proxy


@pytest.fixture
def connect(proxy: FaultProxy) -> Iterator[Connect]:
    with ExitStack() as opened:
        yield lambda: opened.enter_context(
            socket.create_connection(("127.0.0.1", proxy.port), timeout=10)
        )


def read(connection: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        data += connection.recv(count - len(data))
    return data


def is_silent(connection: socket.socket) -> bool:
    connection.settimeout(SILENCE_SECONDS)
    try:
        connection.recv(1)
    except TimeoutError:
        return True
    finally:
        connection.settimeout(10)
    return False


def echoed(connection: socket.socket, data: bytes) -> bool:
    connection.sendall(data)
    return read(connection, len(data)) == data


def test_it_forwards_both_directions_and_their_ends(connect: Connect) -> None:
    connection = connect()
    assert echoed(connection, bytes(range(256)) * 256)
    assert echoed(connection, b"again")
    connection.shutdown(socket.SHUT_WR)
    assert connection.recv(1) == b""


def test_a_partition_is_silent_and_loses_nothing(
    proxy: FaultProxy, echo: EchoServer, connect: Connect
) -> None:
    connection = connect()
    assert echoed(connection, b"before")

    proxy.partition()
    connection.sendall(b"during")
    assert is_silent(connection)
    assert echo.received == b"before"

    proxy.pass_through()
    assert read(connection, 6) == b"during"
    assert echoed(connection, b"after")


def test_a_partition_also_holds_an_answer_under_way(
    proxy: FaultProxy, echo: EchoServer, connect: Connect
) -> None:
    connection = connect()
    proxy.delay(1000, 1000)
    connection.sendall(b"question")
    wait_until(lambda: echo.received == b"question")
    proxy.partition()
    assert is_silent(connection)
    proxy.pass_through()
    assert read(connection, 8) == b"question"


def test_a_connection_made_in_a_partition_works_after_it(
    proxy: FaultProxy, echo: EchoServer, connect: Connect
) -> None:
    proxy.partition()
    connection = connect()
    connection.sendall(b"hello")
    assert is_silent(connection)
    assert echo.connections == 0

    proxy.pass_through()
    assert read(connection, 5) == b"hello"


def test_a_client_that_gave_up_in_a_partition_never_reaches_the_target(
    proxy: FaultProxy, echo: EchoServer, connect: Connect
) -> None:
    proxy.partition()
    lost = connect()
    lost.sendall(b"lost")
    lost.close()
    proxy.pass_through()
    assert echoed(connect(), b"found")
    assert (echo.connections, echo.received) == (1, b"found")


def test_a_partition_holds_the_end_of_a_connection(proxy: FaultProxy, connect: Connect) -> None:
    connection = connect()
    assert echoed(connection, b"before")
    proxy.partition()
    connection.shutdown(socket.SHUT_WR)
    assert is_silent(connection)
    proxy.pass_through()
    assert connection.recv(1) == b""


def test_a_delay_keeps_the_order(proxy: FaultProxy, connect: Connect) -> None:
    connection = connect()
    proxy.delay(20, 60)
    began_at = time.monotonic()
    assert echoed(connection, b"!")
    assert time.monotonic() - began_at >= 0.040  # there and back

    sent = b""
    for number in range(100):
        chunk = b"%04d" % number
        connection.sendall(chunk)
        sent += chunk
        if number % 10 == 0:
            assert read(connection, len(sent)) == sent  # so that the bytes travel in several chunks
            sent = b""
    assert read(connection, len(sent)) == sent


def test_refusing_resets_connections_and_accepts_no_new_ones(
    proxy: FaultProxy, connect: Connect
) -> None:
    connection = connect()
    assert echoed(connection, b"before")
    proxy.refuse()
    with pytest.raises(ConnectionResetError):
        connection.recv(1)
    with pytest.raises(ConnectionRefusedError):
        connect()
    proxy.pass_through()
    assert echoed(connect(), b"after")


def test_a_reset_concerns_open_connections_once(proxy: FaultProxy, connect: Connect) -> None:
    connection = connect()
    assert echoed(connection, b"before")
    proxy.reset()
    with pytest.raises(ConnectionResetError):
        connection.recv(1)
    assert echoed(connect(), b"after")


def test_connections_held_by_a_partition_can_be_reset(proxy: FaultProxy, connect: Connect) -> None:
    connection = connect()
    assert echoed(connection, b"before")
    proxy.partition()
    proxy.reset()
    with pytest.raises(ConnectionResetError):
        connection.recv(1)


def test_without_its_target_the_proxy_resets_connections(
    echo: EchoServer, connect: Connect
) -> None:
    echo.shutdown()
    echo.server_close()
    with pytest.raises(ConnectionResetError):
        connect().recv(1)


def test_a_stopped_proxy_raises_and_starts_again_on_its_port(
    proxy: FaultProxy, connect: Connect
) -> None:
    proxy.stop()
    assert not is_listening(proxy.port)
    with pytest.raises(RuntimeError, match="not running"):
        proxy.reset()
    proxy.start()
    assert echoed(connect(), b"again")
