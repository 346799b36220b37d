"""Server-Sent Events."""

import logging
import random
import socket
import time
from collections.abc import Iterator
from contextlib import closing

from flask import Response, request
from flask_openapi3.blueprint import APIBlueprint

from qader_sse.realtime import frames
from qader_sse.realtime.stream import Opening, Stream
from qader_sse.service import service
from qader_sse.store.errors import StoreUnavailable
from qader_sse.web.access import signed_in, viewer
from qader_sse.web.cursors import requested_cursor
from qader_sse.web.schemas import REFUSALS, ChallengePath

logger = logging.getLogger(__name__)

bp = APIBlueprint("streams", __name__)

# A duel's largest frame fits; what does not is in the log.
_SEND_BUFFER_BYTES = 32 * 1024

_HEADERS = {
    "Cache-Control": "no-cache, no-transform",
    "X-Accel-Buffering": "no",  # nginx holds a response back until its buffer is full
}


@bp.get("/sse/challenges/<int:challenge_id>/", responses=REFUSALS)
def challenge_stream(path: ChallengePath) -> Response:
    """Follow one challenge: `text/event-stream`, each message a `data:` line with its `id:`."""
    cursor = requested_cursor(request.headers.get("Last-Event-ID"))
    opening = service().openings.challenge(path.challenge_id, viewer(), cursor)
    return _respond(opening)


@bp.get("/sse/challenges/notifications/", responses=REFUSALS)
def notification_stream() -> Response:
    """Follow one's own notifications."""
    cursor = requested_cursor(request.headers.get("Last-Event-ID"))
    return _respond(service().openings.notifications(viewer(), cursor))


@bp.errorhandler(StoreUnavailable)
def put_off(error: StoreUnavailable) -> Response:
    """Send the client away to come back soon: a 503 would stop an EventSource for good."""
    retry_ms = frames.jittered_ms(service().settings.retry_seconds)
    body = frames.closing("limit", retry_ms)
    return Response(body, headers=_HEADERS, mimetype="text/event-stream")


def new_stream(opening: Opening) -> Stream:
    return Stream(
        database=service().database,
        hub=service().hub,
        viewer=viewer(),
        session_token=signed_in().token,
        topic=opening.topic,
        cursor=opening.cursor,
        head=opening.head,
        snapshot=opening.snapshot_frame(viewer()),
        heartbeat_seconds=service().settings.heartbeat_seconds,
        # Spread, so that streams that began together do not all come back together.
        ends_at=time.monotonic() + service().settings.max_age_seconds * random.uniform(0.75, 1.25),  # noqa: S311
    )


def _respond(opening: Opening) -> Response:
    if opening.is_over and opening.mode == "resumed" and opening.after == opening.head:
        # Nothing will ever come: 204 is how an EventSource is told not to come back.
        finished = Response(status=204, headers=_HEADERS)
        del finished.headers["Content-Type"]
        return finished
    if request.method == "HEAD":
        return Response(headers=_HEADERS, mimetype="text/event-stream")
    bound_socket(request.environ.get("gunicorn.socket"))
    retry_ms = frames.jittered_ms(service().settings.retry_seconds)
    head = frames.retry(retry_ms) + _open(opening)
    # Plain values only: whatever the body refers to lives as long as the stream.
    body = _body(head, new_stream(opening), retry_ms, service().settings.max_streams)
    return Response(body, headers=_HEADERS, mimetype="text/event-stream")


def _body(head: bytes, stream: Stream, retry_ms: int, max_streams: int) -> Iterator[bytes]:
    """Write one stream. Nothing is taken before the first byte is asked for.

    Overload and drain are told on a 200: any other status kills an EventSource for good.
    """
    yield head
    refusal = stream.hub.refusal(max_streams)
    if refusal is not None:
        yield frames.closing(refusal, retry_ms)
        return
    opened_at = log_opened(stream, "sse")
    try:
        with closing(stream.batches()) as batches:
            for batch in batches:
                yield b"".join(frame.sse() for frame in batch) or frames.HEARTBEAT
                del batch  # a quiet stream keeps nothing of what it sent
        if stream.closing:
            yield frames.closing(stream.closing, retry_ms)
    finally:
        log_closed(stream, "sse", opened_at)


def log_opened(stream: Stream, transport: str) -> float:
    """Write the line of a stream that begins; return when that was, for `log_closed`."""
    logger.info(
        "stream opened transport=%s topic=%s user=%s after=%d",
        transport,
        stream.topic,
        stream.viewer.user_id,
        stream.cursor,
    )
    return time.monotonic()


def log_closed(stream: Stream, transport: str, opened_at: float) -> None:
    logger.info(
        "stream closed transport=%s topic=%s user=%s reason=%s age=%.1fs sent=%d",
        transport,
        stream.topic,
        stream.viewer.user_id,
        stream.closing or "client_gone",
        time.monotonic() - opened_at,
        stream.sent,
    )


def _open(opening: Opening) -> bytes:
    said = frames.opening(opening.mode, opening.after, opening.head)
    # A snapshot brings its position itself.
    return said if opening.snapshot else frames.position(opening.cursor) + said


def bound_socket(sock: socket.socket | None) -> None:
    """Bound what a reader that takes nothing can hold of the kernel's memory."""
    if sock is not None:
        # By itself Linux lets each socket grow to some 4 MB of unsent frames.
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER_BYTES)
