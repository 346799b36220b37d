"""WebSockets for deployed clients: the messages of the SSE streams, at the addresses they know.

After the opening handshake the socket is handed over to the dispatcher, as those of SSE are.
"""

import socket
from collections.abc import Callable, Iterable
from wsgiref.types import StartResponse, WSGIEnvironment

from flask import Blueprint, Response, request
from werkzeug import exceptions
from wsproto.utilities import RemoteProtocolError

from qader_sse.domain.events import challenge_topic, user_topic
from qader_sse.domain.violations import ChallengeNotFound, NotAParticipant, TicketRefused
from qader_sse.realtime.protocol import control_messages
from qader_sse.realtime.protocol.control_messages import OVER
from qader_sse.realtime.protocol.frames import ClosingReason, jittered_ms
from qader_sse.realtime.protocol.numbered_codec import NumberedCodec
from qader_sse.realtime.protocol.websocket_codec import (
    NOT_A_PARTICIPANT,
    NOT_FOUND,
    NOT_SIGNED_IN,
    OnMessage,
    WebSocketCodec,
    accept,
    unheard,
)
from qader_sse.realtime.streams import gevent_adapter
from qader_sse.realtime.streams.client_socket import ClientSocket
from qader_sse.realtime.streams.connection import StreamStart
from qader_sse.realtime.streams.socket_stream import SocketStream
from qader_sse.realtime.streams.subscription import Subscription
from qader_sse.realtime.streams.topic_start import TopicStart
from qader_sse.service import service
from qader_sse.store.errors import StoreUnavailable
from qader_sse.web import access_log
from qader_sse.web.authentication import sender, viewer
from qader_sse.web.error_responses import http_response
from qader_sse.web.error_texts import http_text, violation_text
from qader_sse.web.last_event_id import read_cursor
from qader_sse.web.locale import current_locale
from qader_sse.web.request_identity import HEADER, request_id
from qader_sse.web.responses import AppResponse
from qader_sse.web.streaming import gunicorn_adapter
from qader_sse.web.streaming.connect import connect, note_refused, note_status, refusal
from qader_sse.web.streaming.gunicorn_adapter import Handover
from qader_sse.web.streaming.websocket_commands import WebSocketCommands

bp = Blueprint("sockets", __name__)


@bp.errorhandler(RemoteProtocolError)
def refuse_handshake(mistake: RemoteProtocolError) -> Response:
    response = http_response(400)
    response.headers["Sec-WebSocket-Version"] = "13"  # RFC 6455, 4.4: the one that is served
    return response


@bp.errorhandler(OSError)
def forget_handshake(error: OSError) -> Response:
    # The client closed before our half of the handshake was written: nobody reads this answer.
    return http_response(400)


@bp.get("/ws/challenges/<int:challenge_id>/", websocket=True, strict_slashes=False)
def challenge_socket(challenge_id: int) -> Response:
    return _serve(
        lambda: challenge_topic(challenge_id),
        lambda cursor: service().opener.challenge(challenge_id, viewer(), cursor),
        challenge_id,
    )


@bp.get("/ws/challenges/notifications/", websocket=True, strict_slashes=False)
def notification_socket() -> Response:
    return _serve(
        lambda: user_topic(viewer().user_id),
        lambda cursor: service().opener.notifications(viewer(), cursor),
        None,
    )


class _NotSignedIn(Exception):
    """The WebSocket is to be closed at once with the code that says so."""


class _NoPlace(Exception):
    """The WebSocket is to be closed at once, as a stream that ends for this reason."""

    def __init__(self, reason: ClosingReason) -> None:
        super().__init__(reason)
        self.reason = reason


class _Client:
    """A client's connection, as gunicorn has it.

    The constructor itself answers the opening handshake. It raises RemoteProtocolError if the
    request is no complete handshake, and NotImplemented (501) if the server passes no socket on.
    """

    def __init__(self) -> None:
        self.handover = gunicorn_adapter.offered(request.environ)
        if self.handover.connection is None:
            raise exceptions.NotImplemented  # 501: this server passes no socket on
        named = {HEADER: request_id(request.environ)}
        head = accept(request.environ, named)
        self.early = self.handover.early_bytes()
        self.wants_ids = request.args.get("ids") == "1"
        self.send(head)

    def send(self, data: bytes) -> None:
        self.handover.connection.sendall(data)

    def codec(self, on_message: OnMessage) -> WebSocketCodec:
        return (NumberedCodec if self.wants_ids else WebSocketCodec)(on_message)

    def head(self, start: TopicStart) -> bytes:
        """Return what comes before all messages: how the stream begins, if the client asks for it."""
        if not self.wants_ids:
            return b""
        opening = control_messages.opening(start.mode, start.after, start.head)
        over = control_messages.message(OVER) if start.is_finished else b""
        return control_messages.message(opening) + over

    def take(self) -> tuple[socket.SocketType, Callable[[], None]]:
        """Return the socket, and what this greenlet still has to run.

        That is the relay of a connection that cannot be handed over, as with TLS, or nothing.
        """
        obstacle = self.handover.obstacle
        if obstacle is None:
            return gevent_adapter.detach(self.handover.connection), _no_relay
        service().handover_state.log_once(obstacle)
        return gevent_adapter.relay(self.handover.connection)


class _Switched(AppResponse):
    """The view's response once the dispatcher has the socket: writes nothing to the client.

    It reports the status 101 to the middlewares, and has gunicorn find the answer complete.
    """

    def __init__(self, handover: Handover) -> None:
        super().__init__(status=101)
        self._handover = handover

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response("101 Switching Protocols", [])
        self._handover.end()
        return ()


def _serve(
    topic: Callable[[], str],
    open_at: Callable[[int | None], TopicStart],
    challenge_id: int | None,
) -> Response:
    client = _Client()
    try:
        _require_admission()
        cursor = read_cursor(in_header=False)
        with service().hub.buffering(topic()):
            start = open_at(cursor)
            _require_place(start)
            relay = _hand_over(client, start, WebSocketCommands(service(), viewer(), challenge_id))
    except ChallengeNotFound as violation:
        relay = _refuse(client, NOT_FOUND, violation_text(violation, current_locale()))
    except NotAParticipant as violation:
        relay = _refuse(client, NOT_A_PARTICIPANT, violation_text(violation, current_locale()))
    except TicketRefused as violation:
        relay = _refuse(client, NOT_SIGNED_IN, violation_text(violation, current_locale()))
    except _NotSignedIn:
        relay = _refuse(client, NOT_SIGNED_IN, http_text(401, current_locale()))
    except _NoPlace as refused:
        note_refused("websocket", refused.reason)
        relay = _close(client, refused.reason)
    except StoreUnavailable:
        note_refused("websocket", "unavailable")
        relay = _close(client, "limit")
    access_log.write_handshake(request)
    relay()
    return _Switched(client.handover)


def _require_admission() -> None:
    if sender() is None:
        raise _NotSignedIn


def _require_place(start: TopicStart) -> None:
    if (reason := refusal("websocket", [start])) is not None:
        raise _NoPlace(reason)


def _hand_over(
    client: _Client, start: TopicStart, commands: WebSocketCommands
) -> Callable[[], None]:
    """Hand the socket over to the dispatcher; return what this greenlet still has to run.

    That is the relay of a connection that cannot be handed over itself, or nothing.
    """
    taken, relay = client.take()
    subscription = Subscription(start.topic, viewer(), start.cursor)
    frames = subscription.take(start.frames)
    commands.stream = SocketStream(
        connection=connect("websocket", [start], [subscription]),
        dispatcher=service().dispatcher,
        codec=client.codec(commands),
        socket=taken,
    )
    commands.stream.begin(StreamStart(commands.stream.connection, client.head(start), frames))
    commands.stream.receive_early(client.early)
    return relay


def _refuse(client: _Client, code: int, reason: str) -> Callable[[], None]:
    """Close with this code, for which there is no stream."""
    note_status("websocket", code)
    codec = client.codec(unheard)
    return _finish(client, codec, codec.close(code, reason))


def _close(client: _Client, reason: ClosingReason) -> Callable[[], None]:
    """Close as a stream that ends for this reason."""
    codec = client.codec(unheard)
    retry_ms = jittered_ms(service().settings.retry_seconds)
    return _finish(client, codec, codec.closing(reason, retry_ms))


def _finish(client: _Client, codec: WebSocketCodec, last: bytes) -> Callable[[], None]:
    """Hand the socket over to the dispatcher, to be closed; return what this greenlet has to run."""
    taken, relay = client.take()
    refused = ClientSocket(dispatcher=service().dispatcher, codec=codec, socket=taken)
    refused.refuse(last)
    refused.receive_early(client.early)
    return relay


def _no_relay() -> None:
    pass
