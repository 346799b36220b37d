"""Server-Sent Events."""

import socket
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

from flask import Response, g, request
from flask_openapi3.blueprint import APIBlueprint

from qader_sse.domain.events import challenge_topic, user_topic
from qader_sse.jitter import jittered
from qader_sse.realtime.protocol import frames
from qader_sse.realtime.protocol.frames import ClosingReason
from qader_sse.realtime.protocol.sse import CHUNKED_SSE, SSE, SseCodec
from qader_sse.realtime.streams.opening import TopicStart
from qader_sse.realtime.streams.socket_stream import SocketStream
from qader_sse.realtime.streams.wsgi_stream import WsgiStream
from qader_sse.service import service
from qader_sse.store.errors import StoreUnavailable
from qader_sse.web.api.schemas import ERROR_RESPONSES, ChallengePath
from qader_sse.web.request_guards import name_viewer, signed_in, viewer
from qader_sse.web.streaming import gunicorn_adapter
from qader_sse.web.streaming.last_event_id import last_event_id, read_cursor

bp = APIBlueprint("streams", __name__)
bp.before_request(name_viewer)

HEADERS = {
    "Cache-Control": "no-cache, no-transform",
    "X-Accel-Buffering": "no",  # nginx holds a response back until its buffer is full
}


@bp.get("/sse/challenges/<int:challenge_id>/", responses=ERROR_RESPONSES)
def challenge_stream(path: ChallengePath) -> Response:
    """Follow one challenge: `text/event-stream`, each message a `data:` line with its `id:`."""
    cursor = read_cursor(*last_event_id())
    expect(challenge_topic(path.challenge_id))
    return _respond(service().opener.challenge(path.challenge_id, viewer(), cursor))


@bp.get("/sse/challenges/notifications/", responses=ERROR_RESPONSES)
def notification_stream() -> Response:
    """Follow one's own notifications."""
    cursor = read_cursor(*last_event_id())
    expect(user_topic(viewer().user_id))
    return _respond(service().opener.notifications(viewer(), cursor))


@bp.errorhandler(StoreUnavailable)
def put_off(error: StoreUnavailable) -> Response:
    """Send the client away to come back soon: a 503 would stop an EventSource for good."""
    retry_ms = frames.jittered_ms(service().settings.retry_seconds)
    body = frames.closing("limit", retry_ms)
    return Response(body, headers=HEADERS, mimetype="text/event-stream")


def expect(*topics: str) -> None:
    """Have the hub keep what is announced from before the opening is read until the stream is on."""
    g.expected = ExitStack()
    g.expected.enter_context(service().hub.buffering(*topics))


@bp.teardown_request
def expect_no_more(error: BaseException | None) -> None:
    expected: ExitStack = g.pop("expected", ExitStack())
    expected.close()


def stream_fields(start: TopicStart) -> dict[str, Any]:
    """Return what a stream is made of, whoever drives it: plain values only."""
    return shared_fields() | {
        "topic": start.topic,
        "cursor": start.cursor_after_events,
        "head": start.head,
        "first": start.frames(viewer()),
    }


def shared_fields() -> dict[str, Any]:
    """Return what has nothing to do with the topic."""
    return {
        "database": service().database,
        "hub": service().hub,
        "timeouts": service().timeouts,
        "viewer": viewer(),
        "session_token": signed_in().token,
        # Spread, so that streams that began together do not all come back together.
        "ends_at": time.monotonic() + jittered(service().settings.max_age_seconds, 0.75, 1.25),
    }


class StreamResponse(Response):
    """A stream pushed into the connection where gunicorn can spare it, else pulled by the server.

    Nothing is taken before the answer begins. Overload and drain are told on a 200: any other
    status kills an EventSource for good.
    """

    def __init__(
        self,
        words: bytes,
        fields: dict[str, Any],
        pulled: type[WsgiStream] = WsgiStream,
        pushed: type[SocketStream] = SocketStream,
    ) -> None:
        self._fields, self._pulled_as, self._pushed_as = fields, pulled, pushed
        self._hub, self._dispatcher = service().hub, service().dispatcher
        self._handover_state = service().handover_state
        self._max_streams = service().settings.max_streams
        self._retry_ms = frames.jittered_ms(service().settings.retry_seconds)
        self._head = frames.retry(self._retry_ms) + words
        super().__init__(self._pulled(), headers=HEADERS, mimetype="text/event-stream")

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        body, status, headers = self.get_wsgi_response(environ)
        start_response(status, headers)
        handover = gunicorn_adapter.offered(environ)
        if obstacle := handover.obstacle or handover.obstacle_in_head:
            self._handover_state.log_once(obstacle)
            return body
        if self._refusal() is not None:
            return body
        connection, is_chunked = handover.take()
        self._push_into(connection, CHUNKED_SSE if is_chunked else SSE)
        return ()  # gunicorn writes nothing more, see Handover.end

    def _push_into(self, connection: socket.socket, codec: SseCodec) -> None:
        fields, self._fields = self._fields, {}  # the stream lets go of what it has sent
        stream = self._pushed_as(
            dispatcher=self._dispatcher, codec=codec, socket=connection, **fields
        )
        del fields
        stream.guarded(stream.begin, codec.head(self._head))

    def _pulled(self) -> Iterator[bytes]:
        yield self._head
        refusal = self._refusal()
        if refusal is not None:
            yield frames.closing(refusal, self._retry_ms)
            return
        fields, self._fields = self._fields, {}  # the stream lets go of what it has sent
        yield from self._pulled_as(**fields).body()

    def _refusal(self) -> ClosingReason | None:
        return self._hub.refusal(self._max_streams)


def _respond(start: TopicStart) -> Response:
    if start.is_finished:
        return finished()
    if request.method == "HEAD":
        return head_alone()
    return StreamResponse(_open(start), stream_fields(start))


def finished() -> Response:
    """Say that nothing will ever come: 204 is how an EventSource is told not to come back."""
    response = Response(status=204, headers=HEADERS)
    del response.headers["Content-Type"]
    return response


def head_alone() -> Response:
    return Response(headers=HEADERS, mimetype="text/event-stream")


def _open(start: TopicStart) -> bytes:
    said = frames.opening(start.mode, start.after, start.head)
    # A snapshot brings its position itself.
    return said if start.snapshot else frames.position(b"%d" % start.start_cursor) + said
