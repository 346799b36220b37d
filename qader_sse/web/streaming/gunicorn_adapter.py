"""What reaches into gunicorn, but for what `ordinary_heads` and `ordinary_answers` list; the hand-over.

| used here | for | what breaks when it changes |
|---|---|---|
| `worker.wsgi` | being the outermost WSGI layer | the self-test fails, streams become WSGI streams |
| `start_response.__self__`, of the class `Response` | finding gunicorn's answer | as above |
| `environ["gunicorn.socket"]` | the connection, its timeout, its port (`metrics`) | as above; silent clients hold their greenlets |
| `Response.status`, `.headers`, `.response_length` | seeing what middlewares made of the head | as above |
| `Response.req.version` | refusing HTTP/1.2 | it is answered in its own version |
| `Response.req.unreader.take_buffered()` | frames in the segment of a WebSocket's handshake | these are lost |
| `Response.req.headers` | joining several `Cookie` lines | browsers are signed out whose proxy splits the line |
| `Response.default_headers()`, `.chunked` | making the head, knowing the framing | as above |
| `Response.headers_sent`, `.force_close()` | ending the answer without writing more | as above |
| `worker.handle(listener, client, address)`, replaced | knowing every connection | the worker fails at its first connection |
| `worker.timeout_ctx()`, replaced | waiting for a request | idle connections end after 5 s, also behind a proxy |
| `worker.cfg.forwarded_allow_ips`, `.forwarded_allow_networks()` | recognising proxies | the worker does not start |
| `worker.cfg.worker_connections` | cutting the slowest before they run out | the worker does not start |
| `worker.handle_exit`, SIGTERM and SIGINT (`lame_duck`) | serving as a lame duck | streams are cut, the drain is short |
| `worker.alive` (`lame_duck`) | seeing that the worker stops | streams are cut after `graceful_timeout`, not drained |
| `worker.age`, `worker.cfg.workers` | telling the first workers from replacements | replacements refuse to start in an outage |
| `worker.handle()`, `worker.sockets`, `worker.log.error_log` | the self-test | it fails, streams become WSGI streams |
| `Arbiter.APP_LOAD_ERROR` | ending the arbiter too | the import fails, nothing starts |

Gunicorn neither logs nor counts nor drains a connection that was handed over: streams do that.
"""

import signal
import socket
from collections.abc import Iterable
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import gevent
from gunicorn.arbiter import Arbiter
from gunicorn.http.wsgi import Response
from gunicorn.http2.response import HTTP2Response

from qader_sse.realtime.streams import gevent_adapter
from qader_sse.service import Service
from qader_sse.web import arrival
from qader_sse.web.client_address import CLIENT_ADDRESS, TrustedProxies
from qader_sse.web.own_host import FROM_PROXY
from qader_sse.web.streaming import incoming, lame_duck, ordinary_answers, ordinary_heads
from qader_sse.web.streaming.incoming import Refusal
from qader_sse.web.streaming.keep_alive import Deadlines, KeepAlive, KeptConnection

# The exit code on which the arbiter ends as well, instead of starting the worker again and again.
DO_NOT_RESTART: int = Arbiter.APP_LOAD_ERROR

_KEY = "qader_sse.handover"

TLS = "gunicorn itself speaks TLS"
_NO_PROXIES = TrustedProxies()
_NO_SERVER = "the server is not gunicorn with the gunicorn.conf.py of this project"


class Handover:
    """One connection of gunicorn's, and the answer it carries, which a stream may take over.

    The outermost layer finds the connection, not the view: a middleware may wrap `start_response`,
    as those of Sentry and OpenTelemetry do, and the view sees only the wrapper. Nothing is raised
    to end the answer either: `StopIteration`, on which gunicorn lets go of a connection, would
    reach the middlewares, and they would report it as an error.
    """

    def __init__(
        self, connection: Any = None, response: Any = None, obstacle: str | None = _NO_SERVER
    ) -> None:
        self.connection = connection
        self._response = response
        self._obstacle = obstacle

    @property
    def obstacle(self) -> str | None:
        """Return why the connection cannot be handed over, or None if it can."""
        if self._obstacle is not None:
            return self._obstacle
        if not isinstance(self._response, Response):
            return "gunicorn does not pass the start_response of its Response"
        if self.is_shared:
            return "the answers of HTTP/2 share a connection"
        if not gevent_adapter.is_plain(self.connection):
            return TLS
        return None

    @property
    def obstacle_in_head(self) -> str | None:
        """Return why the answer cannot be continued by a stream, once its head is known."""
        if self._response.status is None:
            return "a middleware holds start_response back"
        codings = [v for name, v in self._response.headers if name.lower() == "content-encoding"]
        is_encoded = any(coding != "identity" for coding in codings)
        if is_encoded or self._response.response_length is not None:
            return "a middleware encodes or measures the body"
        return None

    @property
    def is_shared(self) -> bool:
        return isinstance(self._response, HTTP2Response)

    def early_bytes(self) -> bytes:
        """Remove and return what gunicorn has read beyond the request: a WebSocket's first frame."""
        unreader = getattr(getattr(self._response, "req", None), "unreader", None)
        early: bytes = getattr(unreader, "take_buffered", bytes)()
        return early

    def take(self) -> tuple[socket.SocketType, bytes, bool]:
        """Return the socket, the head that is to be sent on it, and whether HTTP chunks follow."""
        response, is_chunked = self._response, bool(self._response.chunked)
        response.force_close()  # announced in the head, or a proxy would use it once more
        head = ordinary_answers.written_head(response)
        self.end()
        return gevent_adapter.detach(self.connection), head, is_chunked

    def end(self) -> None:
        """Have gunicorn find the answer complete: it writes nothing more, and its greenlet ends."""
        self._response.headers_sent = True
        self._response.chunked = False  # or gunicorn would write the empty chunk that ends a body
        self._response.force_close()  # or gunicorn would read the next request


def offered(environ: WSGIEnvironment) -> Handover:
    """Return what the server offers for this request; its `obstacle` says if that is nothing."""
    found: Handover | None = environ.get(_KEY)
    return found or Handover()


class OffersHandover:
    """The outermost WSGI layer: offers a `Handover`, and sets the deadlines of whole requests."""

    def __init__(
        self,
        app: WSGIApplication,
        service: Service,
        proxies: TrustedProxies = _NO_PROXIES,
        connections: int = 4_000,
    ) -> None:
        self._app = app
        self.service = service
        self.proxies = proxies
        self.keep_alive = KeepAlive(Deadlines.of(service.settings), connections, gevent_adapter)
        self.draining: gevent.Greenlet[..., None]

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        connection = environ.get("gunicorn.socket")
        if connection is None:
            return self._app(environ, start_response)
        # For what has no deadline as a whole: the silence of a stream that is not handed over.
        connection.settimeout(self.service.settings.peer_timeout_seconds)
        response = getattr(start_response, "__self__", None)
        obstacle = self.service.handover_state.obstacle
        environ[_KEY] = handover = Handover(connection, response, obstacle)
        incoming.join_cookies(environ, getattr(getattr(response, "req", None), "headers", ()))
        kept = self.keep_alive.find(gevent.getcurrent())
        environ[FROM_PROXY] = kept is not None and kept.of_proxy
        environ[CLIENT_ADDRESS] = self.proxies.client_address(
            environ.get("REMOTE_ADDR", ""), environ.get("HTTP_X_FORWARDED_FOR", "")
        )
        if kept is None or not isinstance(response, Response) or handover.is_shared:
            return self._app(environ, start_response)
        return self._in_time(kept, response, environ, start_response)

    def _in_time(
        self,
        kept: KeptConnection,
        response: Response,
        environ: WSGIEnvironment,
        start_response: StartResponse,
    ) -> Iterable[bytes]:
        """Receive the request whole, have the app answer, and limit how long the answer may take."""
        refusal = self._refusal(kept, environ)
        arrival.note(environ, environ["gunicorn.socket"], self.service.clock)
        if self.service.hub.is_lame_duck or kept.is_ending or refusal:
            response.force_close()  # announces the end to the client: `Connection: close`
        if refusal:
            response.req.version = min(response.req.version, (1, 1))  # the answer has it too
            answer = incoming.refuse(refusal, environ, start_response, self.service.answers)
        else:
            answer = self._app(environ, start_response)
        if response.response_length is not None and not response.headers_sent:
            kept.wait_for_reader(response.response_length)
        return answer

    def _refusal(self, kept: KeptConnection, environ: WSGIEnvironment) -> Refusal | None:
        mistake, size = incoming.mistake_in_head(environ), incoming.size_of_body(environ)
        most = self.service.settings.max_body_bytes
        if mistake or size is None or (size <= most and incoming.is_at_hand(environ)):
            return mistake
        kept.wait_for_body(min(size, most))
        found = "too long" if size > most else incoming.receive(environ, size, most)
        if found == "broken":
            gevent.sleep(0)  # thousands may break off at the same moment
            return incoming.LATE if kept.is_ending else incoming.BROKEN
        if found == "whole":
            kept.stop_waiting()
        return None  # of one that is too long, the app discards what comes until the deadline


def is_first(worker: Any) -> bool:
    """Return whether the arbiter started this worker at its own start, not to replace another."""
    return bool(worker.age <= worker.cfg.workers)


def adopt(worker: Any, service: Service) -> None:
    """Offer the worker's connections to streams, and have it stop as a lame duck that drains.

    To be called in `post_worker_init`, before the worker accepts connections.
    """
    cfg = worker.cfg
    proxies = TrustedProxies(cfg.forwarded_allow_networks(), "*" in cfg.forwarded_allow_ips)
    worker.wsgi = layer = OffersHandover(worker.wsgi, service, proxies, cfg.worker_connections)
    _keep_alive(worker, layer)
    ordinary_heads.install(cfg)
    ordinary_answers.install()
    gevent_adapter.limit_accepts()
    gevent_adapter.shake_hands_later()
    # Ctrl-C reaches all processes, and then the arbiter sends SIGTERM: workers would stop twice.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gevent.signal_handler(signal.SIGTERM, lame_duck.stop, worker, service)
    layer.draining = gevent.spawn(lame_duck.drain_when_stopping, worker, service, layer.keep_alive)


def wait_until_drained(worker: Any) -> None:
    """Wait, in `worker_exit`, for streams to end: gunicorn waits only for its own requests."""
    if isinstance(layer := getattr(worker, "wsgi", None), OffersHandover) and not worker.alive:
        layer.draining.join()
        layer.service.dispatcher.wait_until_closed()
        layer.service.stream_recorder.finish()


def _keep_alive(worker: Any, layer: OffersHandover) -> None:
    """Have connections wait for requests as `KeepAlive` says, in place of gunicorn's timeout.

    gunicorn's timeout closes a connection even if a request has arrived and was not read yet.
    """
    serve, keep_alive = worker.handle, layer.keep_alive

    def handle(listener: Any, client: socket.socket, address: Any) -> None:
        greenlet = gevent.getcurrent()
        peer = address[0] if isinstance(address, tuple) else ""  # "": of a unix socket
        gevent_adapter.limit_answer_buffer(client)
        keep_alive.add(greenlet, client, of_proxy=layer.proxies.include(peer))
        try:
            if keep_alive.of(greenlet).shake_hands():
                serve(listener, client, address)
        finally:
            keep_alive.remove(greenlet)

    worker.handle = handle
    worker.timeout_ctx = lambda: keep_alive.of(gevent.getcurrent())
