"""Few streams open at a time; all other requests pass."""

from collections.abc import Callable, Iterable
from typing import Any
from wsgiref.types import WSGIApplication

import gevent
import pytest
from gevent import socket, ssl
from gevent.event import Event
from gunicorn.http.wsgi import Response

from qader_sse.service import Service
from qader_sse.web.locale import LocalePrefix
from qader_sse.web.streaming.gunicorn_adapter import OffersHandover
from qader_sse.web.streaming.open_throttle import OpenThrottle
from tests.support.streams import wait_until

STREAMS = ("/sse/challenges/7/", "/sse/challenges/notifications/", "/sse/stream/")
WEBSOCKET = "/ws/challenges/7/"


class App:
    """Answers when `go_on` is set, and counts the requests it is answering."""

    def __init__(self) -> None:
        self.go_on = Event()
        self.inside = 0

    def __call__(self, environ: dict[str, Any], begin: Callable[..., Any]) -> Iterable[bytes]:
        self.inside += 1
        self.go_on.wait()
        self.inside -= 1
        if environ.get("fails"):
            raise ConnectionResetError
        return []


def start(status: str, headers: list[tuple[str, str]], error: object = None) -> Any:
    return None


def ask(throttle: WSGIApplication, path: str, **more: Any) -> "gevent.Greenlet[..., Any]":
    asked = gevent.spawn(throttle, {"REQUEST_METHOD": "GET", "PATH_INFO": path, **more}, start)
    gevent.idle()
    return asked


@pytest.mark.parametrize(
    "path", [*STREAMS, "/ar/sse/stream/", "//sse/stream/", "/ar//sse/stream/", "//ar///sse/stream/"]
)
def test_two_streams_open_at_a_time(path: str) -> None:
    app = App()
    throttle = LocalePrefix(OpenThrottle(app))
    asked = [ask(throttle, path) for _ in range(10)]
    assert app.inside == 2
    app.go_on.set()
    gevent.joinall(asked, timeout=5, raise_error=True)
    assert app.inside == 0


def test_requests_that_open_no_stream_do_not_wait() -> None:
    app = App()
    throttle = OpenThrottle(app)
    streams = [ask(throttle, STREAMS[0]) for _ in range(10)]
    answers = [ask(throttle, "/api/v1/challenges/challenges/7/answer/") for _ in range(3)]
    assert app.inside == 2 + 3
    app.go_on.set()
    gevent.joinall([*streams, *answers], timeout=5, raise_error=True)


def test_another_method_does_not_wait() -> None:
    """A POST may wait for a body that never comes, and would hold its slot for so long."""
    app = App()
    throttle = OpenThrottle(app)
    posts = [ask(throttle, STREAMS[0], REQUEST_METHOD="POST") for _ in range(5)]
    assert app.inside == 5
    app.go_on.set()
    gevent.joinall(posts, timeout=5, raise_error=True)


def test_a_stream_that_has_waited_for_too_long_opens_all_the_same() -> None:
    app = App()
    throttle = OpenThrottle(app, longest_wait_seconds=0.1)
    stuck = [ask(throttle, STREAMS[0]) for _ in range(5)]
    wait_until(lambda: app.inside == 5)
    app.go_on.set()
    gevent.joinall(stuck, timeout=5, raise_error=True)
    later = [ask(throttle, STREAMS[0]) for _ in range(5)]
    gevent.joinall(later, timeout=5, raise_error=True)


def test_a_stream_that_fails_to_open_frees_its_slot() -> None:
    app = App()
    app.go_on.set()
    throttle = OpenThrottle(app)
    for _ in range(10):
        with pytest.raises(ConnectionResetError):
            throttle({"REQUEST_METHOD": "GET", "PATH_INFO": STREAMS[0], "fails": True}, start)


@pytest.mark.parametrize(("has_tls", "inside"), [(False, 2), (True, 5)])
def test_a_websocket_waits_unless_it_is_relayed_for_tls(
    service: Service, has_tls: bool, inside: int
) -> None:
    """With TLS its bytes are relayed within the request: it would hold a slot until it closes."""
    app = App()
    offers = OffersHandover(OpenThrottle(app), service)
    near, far = socket.socketpair()
    connection = with_tls(near) if has_tls else near
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": WEBSOCKET, "gunicorn.socket": connection}
    gunicorns = Response(None, connection, None)
    sockets = [gevent.spawn(offers, {**environ}, gunicorns.start_response) for _ in range(5)]
    gevent.idle()
    assert app.inside == inside
    app.go_on.set()
    gevent.joinall(sockets, timeout=5, raise_error=True)
    for end in (connection, far):
        end.close()


def with_tls(connection: socket.socket) -> socket.socket:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    return context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
