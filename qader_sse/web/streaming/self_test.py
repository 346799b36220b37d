"""The test that a worker makes of itself before it serves: a connection to itself is handed over.

The private interfaces that `gunicorn_adapter` and `gevent_adapter` list may change with any
upgrade. Without this test, streams would then be WSGI streams without anybody knowing, or stay
empty. It takes some milliseconds, and neither counts nor is logged as a stream.
"""

import logging
from collections.abc import Iterable
from contextlib import closing
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import gevent
from gevent import socket

from qader_sse.realtime.streams import gevent_adapter
from qader_sse.web.streaming import gunicorn_adapter

_KEY = "qader_sse.self_test"
_REQUEST = "GET {}/sse/self-test/ HTTP/1.1\r\nHost: self-test\r\n\r\n"
_FRAME = b"frame"
_MOST_SECONDS = 2.0


def obstacle(worker: Any, prefix: str) -> str | None:
    """Return why the worker cannot hand over its connections, or None if it has handed over one.

    To be called in `post_worker_init`, once the worker is adopted. The request goes through
    gunicorn, all middlewares and the layers of the app, up to `AnswersSelfTest`. gunicorn takes no
    path without the `prefix`.
    """
    if worker.cfg.is_ssl:
        return gunicorn_adapter.TLS
    test, app = _SelfTest(prefix), worker.wsgi

    def marked(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        environ[_KEY] = test
        answer: Iterable[bytes] = app(environ, start_response)
        return answer

    worker.wsgi = marked
    try:
        return test.run(worker)
    finally:
        worker.wsgi = app


class AnswersSelfTest:
    """The innermost WSGI layer: answers the request of the self-test, and passes on all others."""

    def __init__(self, app: WSGIApplication) -> None:
        self._app = app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        # No client can set this key: those of its headers begin with HTTP_.
        test: _SelfTest | None = environ.get(_KEY)
        return (test.answer if test else self._app)(environ, start_response)


class _Errors(logging.Handler):
    """Collects the errors that gunicorn logs of the request that was handed over, if any."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.found.append(record.getMessage())


class _SelfTest:
    """Both ends of one connection: the client's, and the stream's."""

    def __init__(self, prefix: str) -> None:
        self._request = _REQUEST.format(prefix).encode()
        self._errors = _Errors()
        self._obstacle: str | None = None
        self._stream: Any = None
        self._watcher: Any = None

    def run(self, worker: Any) -> str | None:
        client, server = socket.socketpair()
        worker.log.error_log.addHandler(self._errors)
        served = gevent.spawn(worker.handle, worker.sockets[0], server, ("127.0.0.1", 0))
        try:
            with closing(client), gevent.Timeout(_MOST_SECONDS):
                return self._converse(client, served)
        except gevent.Timeout:
            return f"the self-test had no answer within {_MOST_SECONDS:g} seconds"
        except OSError as error:
            return f"the self-test was cut: {error}"
        finally:
            served.kill()
            worker.log.error_log.removeHandler(self._errors)
            self._close()

    def answer(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", [("Content-Type", "text/event-stream")])
        handover = gunicorn_adapter.offered(environ)
        self._obstacle = handover.obstacle or handover.obstacle_in_head
        if self._obstacle:
            return (b"not handed over",)
        self._stream, head, _ = handover.take()
        self._stream.send(head)
        self._watcher = gevent_adapter.when_readable(self._stream, self._receive)
        return ()

    def _converse(self, client: socket.socket, served: "gevent.Greenlet[..., Any]") -> str | None:
        """Send the request; once its greenlet has ended, send a byte and expect the stream's frame."""
        client.sendall(self._request)
        head = client.recv(4096)
        if self._obstacle:
            return self._obstacle
        if not head.startswith(b"HTTP/1.1 200") or not head.endswith(b"\r\n\r\n"):
            return f"the self-test was answered with {head[:40]!r}"
        served.join()
        if self._errors.found:
            return f"gunicorn failed after the hand-over: {self._errors.found[0]}"
        client.sendall(b"?")
        received = client.recv(4096)
        if received != _FRAME:
            return f"the self-test received {received[:40]!r} in place of a frame"
        return None

    def _receive(self) -> None:
        self._stream.recv(1)
        gevent_adapter.call_soon(self._push)

    def _push(self) -> None:
        self._stream.send(_FRAME)

    def _close(self) -> None:
        if self._watcher is not None:
            self._watcher.stop()
            self._watcher.close()
        if self._stream is not None:
            self._stream.close()
