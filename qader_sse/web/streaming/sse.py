"""Server-Sent Events."""

from collections.abc import Iterable, Sequence
from wsgiref.types import StartResponse, WSGIEnvironment

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from werkzeug.datastructures import Headers

from qader_sse.domain.events import challenge_topic, user_topic
from qader_sse.domain.presenters import Viewer
from qader_sse.flask_context import current_request
from qader_sse.realtime.protocol import control_messages
from qader_sse.realtime.protocol.frames import Frame, jittered_ms
from qader_sse.realtime.protocol.sse_codec import CHUNKED_SSE, SSE
from qader_sse.realtime.streams.connection import StreamStart
from qader_sse.realtime.streams.socket_stream import SocketStream
from qader_sse.realtime.streams.subscription import Subscription
from qader_sse.realtime.streams.topic_start import TopicStart
from qader_sse.realtime.streams.wsgi_stream import WsgiStream
from qader_sse.service import service
from qader_sse.store.errors import StoreUnavailable
from qader_sse.web.authentication import name_viewer, viewer
from qader_sse.web.last_event_id import read_cursor
from qader_sse.web.openapi_models import STREAM_RESPONSES, ChallengePath
from qader_sse.web.responses import AppResponse
from qader_sse.web.streaming import gunicorn_adapter
from qader_sse.web.streaming.connect import connect, note_refused, note_status, refusal

bp = APIBlueprint("streams", __name__)
bp.before_request(name_viewer)

HEADERS = {
    "Cache-Control": "no-cache, no-transform",
    # Keeps proxies from compressing the stream. Caddy's `encode gzip` takes no notice of
    # no-transform, and passes not one event on. RFC 9110 (8.4.1) says that a sender SHOULD NOT name
    # this coding, because it says nothing: browsers, curl and the libraries in docs/clients.md read
    # on as without it, and an operator whose streams stay empty has no hint at all.
    "Content-Encoding": "identity",
    "X-Accel-Buffering": "no",  # otherwise nginx holds frames back until its buffer is full
}

# The routes of all streams answer without their last slash, too (`strict_slashes=False`): clients of
# WebSockets follow no redirect, and some of those of SSE do not either.

# One frame, shared by all streams that follow a single topic.
_OVER = control_messages.over()


@bp.after_request
def count_refused(response: Response) -> Response:
    if response.status_code >= 400:
        note_status("sse", response.status_code)
    return response


@bp.get("/sse/challenges/<int:challenge_id>/", responses=STREAM_RESPONSES, strict_slashes=False)
def challenge_stream(path: ChallengePath) -> Response:
    """Follow one challenge: `text/event-stream`, each message a `data:` line with its `id:`."""
    here, reader, cursor = service(), viewer(), read_cursor()
    with here.hub.buffering(challenge_topic(path.challenge_id)):
        return _open(here.opener.challenge(path.challenge_id, reader, cursor), reader)


@bp.get("/sse/challenges/notifications/", responses=STREAM_RESPONSES, strict_slashes=False)
def notification_stream() -> Response:
    """Follow one's own notifications."""
    here, reader, cursor = service(), viewer(), read_cursor()
    with here.hub.buffering(user_topic(reader.user_id)):
        return _open(here.opener.notifications(reader, cursor), reader)


@bp.errorhandler(StoreUnavailable)
def ask_to_reconnect(error: StoreUnavailable) -> Response:
    """Answer with a stream that ends at once: a 503 would stop an EventSource for good."""
    note_refused("sse", "unavailable")
    retry_ms = jittered_ms(service().settings.retry_seconds)
    body = control_messages.closing("limit", retry_ms)
    return Response(body, headers=HEADERS, mimetype="text/event-stream")


class StreamResponse(AppResponse):
    """The response that becomes a socket stream, or a WSGI stream if no socket is handed over.

    The connection is attached already. A response that is closed before its stream begins detaches
    it: a generator that never starts runs no code of its own.
    """

    fixed_headers = HEADERS

    def __init__(self, start: StreamStart) -> None:
        self._connection, here = start.connection, service()
        self._dispatcher, self._handover_state = here.dispatcher, here.handover_state
        # A list, so that the stream can take the start out: the response lives as long as the
        # stream, and must not hold the snapshot, of some 20 KB, for all that time.
        self._start = [start]
        super().__init__(mimetype="text/event-stream")
        self.call_on_close(self._connection.detach)

    def get_wsgi_headers(self, environ: WSGIEnvironment) -> Headers:
        """Return them as they are: a stream has none of those that Werkzeug completes here."""
        return self.headers

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        try:
            start_response(self.status, self.complete_headers(environ))
            handover = gunicorn_adapter.offered(environ)
            if obstacle := handover.obstacle or handover.obstacle_in_head:
                self._handover_state.log_once(obstacle)
                self.response = WsgiStream(self._connection).body(self._start.pop())
                return self.get_app_iter(environ)
            socket, head, is_chunked = handover.take()
        except BaseException:
            self._connection.detach()
            raise
        stream = SocketStream(
            connection=self._connection,
            dispatcher=self._dispatcher,
            codec=CHUNKED_SSE if is_chunked else SSE,
            socket=socket,
        )
        stream.begin(self._start.pop(), head)
        return ()  # gunicorn writes nothing more, see Handover.end


def respond(
    opening: bytes,
    starts: Iterable[TopicStart],
    subscriptions: Iterable[Subscription],
    first: Sequence[Frame],
) -> Response:
    """Attach a connection and return its stream; or one that ends at once, if there is no place.

    A refusal has the status 200 as well: any other would stop an EventSource for good.
    """
    retry_ms = jittered_ms(service().settings.retry_seconds)
    head = control_messages.retry(retry_ms) + opening
    starts = list(starts)
    if (reason := refusal("sse", starts)) is not None:
        note_refused("sse", reason)
        head += control_messages.closing(reason, retry_ms)
        return Response(head, headers=HEADERS, mimetype="text/event-stream")
    return StreamResponse(StreamStart(connect("sse", starts, subscriptions), head, first))


def _open(start: TopicStart, reader: Viewer) -> Response:
    if start.is_finished:
        return finished()
    if current_request().method == "HEAD":
        return head_alone()
    opening = control_messages.control(
        control_messages.opening(start.mode, start.after, start.head)
    )
    if not start.snapshot:  # a snapshot sets the client's cursor itself
        opening = control_messages.set_cursor(b"%d" % start.cursor) + opening
    subscription = Subscription(start.topic, reader, start.cursor, over=_OVER)
    return respond(opening, [start], [subscription], subscription.take(start.frames))


def finished() -> Response:
    """Answer that nothing will ever come: a 204 has an EventSource not reconnect."""
    response = Response(status=204, headers=HEADERS)
    del response.headers["Content-Type"], response.headers["Content-Encoding"]
    return response


def head_alone() -> Response:
    return Response(headers=HEADERS, mimetype="text/event-stream")
