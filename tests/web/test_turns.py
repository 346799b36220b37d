"""Streams take turns to open; everything else passes by."""

from collections.abc import Callable, Iterable
from typing import Any

import gevent
import pytest
from gevent.event import Event

from qader_sse.web.streaming.open_throttle import OpenThrottle

STREAMS = ("/sse/challenges/7/", "/sse/challenges/notifications/", "/sse/stream/")


def start(status: str, headers: list[tuple[str, str]], error: object = None) -> Any:
    return None


class Service:
    """Answers when it is told to, and counts who is being answered."""

    def __init__(self) -> None:
        self.go_on = Event()
        self.inside = 0

    def __call__(self, environ: dict[str, Any], begin: Callable[..., Any]) -> Iterable[bytes]:
        self.inside += 1
        self.go_on.wait()
        self.inside -= 1
        if environ.get("fails"):
            raise StopIteration  # how a stream leaves gunicorn
        return []


def ask(turns: OpenThrottle, path: str, **more: Any) -> "gevent.Greenlet[..., Any]":
    asked = gevent.spawn(turns, {"REQUEST_METHOD": "GET", "PATH_INFO": path, **more}, start)
    gevent.idle()
    return asked


@pytest.mark.parametrize("path", STREAMS)
def test_a_few_streams_open_at_a_time(path: str) -> None:
    service = Service()
    turns = OpenThrottle(service)
    asked = [ask(turns, path) for _ in range(10)]
    assert service.inside == 2
    service.go_on.set()
    gevent.joinall(asked, timeout=5, raise_error=True)
    assert service.inside == 0


def test_an_answer_passes_by() -> None:
    service = Service()
    turns = OpenThrottle(service)
    streams = [ask(turns, STREAMS[0]) for _ in range(10)]
    answers = [ask(turns, "/api/v1/challenges/challenges/7/answer/") for _ in range(3)]
    assert service.inside == 2 + 3
    service.go_on.set()
    gevent.joinall([*streams, *answers], timeout=5, raise_error=True)


def test_another_method_takes_no_turn() -> None:
    """It may wait for a body that never comes."""
    service = Service()
    turns = OpenThrottle(service)
    posts = [ask(turns, STREAMS[0], REQUEST_METHOD="POST") for _ in range(5)]
    assert service.inside == 5
    service.go_on.set()
    gevent.joinall(posts, timeout=5, raise_error=True)


def test_whoever_waits_for_too_long_goes_on_without_a_turn() -> None:
    service = Service()
    turns = OpenThrottle(service, longest_wait_seconds=0.1)
    stuck = [ask(turns, STREAMS[0]) for _ in range(5)]
    with gevent.Timeout(5):
        while service.inside < 5:
            gevent.sleep(0.01)
    service.go_on.set()
    gevent.joinall(stuck, timeout=5, raise_error=True)
    later = [ask(turns, STREAMS[0]) for _ in range(5)]
    gevent.joinall(later, timeout=5, raise_error=True)


def test_a_stream_that_was_handed_over_gives_its_turn_back() -> None:
    service = Service()
    service.go_on.set()
    turns = OpenThrottle(service)
    for _ in range(10):
        with pytest.raises(StopIteration):
            turns({"REQUEST_METHOD": "GET", "PATH_INFO": STREAMS[0], "fails": True}, start)


def test_a_socket_behind_tls_takes_no_turn_for_as_long_as_it_lives() -> None:
    service = Service()
    turns = OpenThrottle(service)
    sockets = [ask(turns, "/ws/challenges/7/", **{"gunicorn.socket": object()}) for _ in range(5)]
    assert service.inside == 5
    service.go_on.set()
    gevent.joinall(sockets, timeout=5, raise_error=True)
