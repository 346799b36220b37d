"""Health checks at an address of their own, answered by a thread that does not wait for the event loop.

A busy loop answers everybody in turn, a health check among them, and a loop that stands answers nobody. The
thread has an event loop of its own, as gevent gives to each thread, and says when the worker's last turned.
"""

import json
import socket
from collections.abc import Iterable
from http import HTTPStatus
from wsgiref.types import StartResponse, WSGIEnvironment

from gevent import socket as gevent_socket
from gevent.monkey import get_original
from gevent.pywsgi import WSGIServer

from qader_sse.service import Service
from qader_sse.web.readiness import Health, readiness

_start_thread = get_original("_thread", "start_new_thread")
_plain_socket = get_original("socket", "socket")

# A loop that has not turned for so long stands. Gunicorn replaces its worker after 30 seconds.
STANDS_SECONDS = 5.0
_CONNECTIONS = 100


class HealthListener:
    """Answers `/livez` and `/readyz` of one worker; each worker of a node listens at the same address."""

    def __init__(self, service: Service, stands_seconds: float = STANDS_SECONDS) -> None:
        self._service = service
        self._stands_seconds = stands_seconds

    def start(self) -> None:
        """Listen and answer from now on, if there is an address for it. Raises OSError."""
        address = self._service.settings.health_listener
        if address is None:
            return
        family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        listener = _plain_socket(family)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # All workers of a node listen here.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        try:
            listener.bind(address)
            listener.listen()
        except OSError:
            listener.close()
            raise
        _start_thread(self._serve, (family, listener.detach()))

    def _serve(self, family: int, descriptor: int) -> None:
        # Made in this thread, because a socket of gevent's belongs to the loop of its thread.
        listener = gevent_socket.socket(family, socket.SOCK_STREAM, fileno=descriptor)
        WSGIServer(
            listener, self._answer, spawn=_CONNECTIONS, log=None, error_log=None
        ).serve_forever()

    def _answer(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        health = self._health(environ["PATH_INFO"])
        status = HTTPStatus(health.status_code)
        headers = {"Content-Type": "application/json"} | health.headers
        start_response(f"{status.value} {status.phrase}", list(headers.items()))
        return [json.dumps(health.body).encode()]

    def _health(self, path: str) -> Health:
        if path not in ("/livez", "/readyz"):
            return Health({"detail": "Here are /livez and /readyz alone."}, 404)
        silent = self._service.loop_lag.silent_seconds
        if silent > self._stands_seconds:
            return Health({"status": "stands", "loop_turned_seconds_ago": round(silent, 3)}, 503)
        return Health({"status": "ok"}) if path == "/livez" else readiness(self._service)
