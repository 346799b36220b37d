"""The WebSocket shim for legacy clients: the same messages, on a thin copy of the old addresses.

flask-sock routes and shakes hands; then the hub has the socket, as it has those of SSE.
"""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Flask, Response, request
from flask_login import current_user
from simple_websocket import Server as WebSocket
from wsproto.utilities import RemoteProtocolError

from qader_sse.domain.events import challenge_topic, user_topic
from qader_sse.domain.i18n import translate
from qader_sse.domain.violations import ChallengeNotFound, NotAParticipant
from qader_sse.extensions import sock
from qader_sse.realtime.protocol.websocket import (
    CLOSE_CODES,
    NOT_A_PARTICIPANT,
    NOT_FOUND,
    NOT_SIGNED_IN,
    POLICY,
    TRY_LATER,
    WebSocketCodec,
    short_reason,
)
from qader_sse.realtime.streams.opening import TopicStart
from qader_sse.realtime.streams.socket_stream import SocketStream
from qader_sse.service import service
from qader_sse.store.errors import StoreUnavailable
from qader_sse.web.error_responses import InvalidInput, http_response, http_text, violation_text
from qader_sse.web.locale import current_locale
from qader_sse.web.request_guards import viewer
from qader_sse.web.streaming import gunicorn_adapter
from qader_sse.web.streaming.last_event_id import requested_cursor
from qader_sse.web.streaming.sse import stream_fields
from qader_sse.web.streaming.websocket_commands import WebSocketCommands, error_message

bp = Blueprint("sockets", __name__)


class _NoReader:
    """In place of the library's thread, which would read the socket: the hub does."""

    name = ""

    def __init__(self, target: Callable[[], None]) -> None:
        pass

    def start_cursor(self) -> None:
        pass


def register(app: Flask) -> None:
    app.config["SOCK_SERVER_OPTIONS"] = {"thread_class": _NoReader}
    app.register_blueprint(bp)


@bp.errorhandler(RemoteProtocolError)
def refuse_handshake(mistake: RemoteProtocolError) -> Response:
    # A handshake without its headers is the client's mistake; the library lets it through as ours.
    return http_response(400)


@bp.errorhandler(OSError)
def forget_handshake(error: OSError) -> Response:
    # The client was gone before it got our half of the handshake: nobody reads this answer.
    return http_response(400)


@bp.before_request
def refuse_compression() -> None:
    # It would cost each quiet socket more memory than all the rest of it.
    request.environ.pop("HTTP_SEC_WEBSOCKET_EXTENSIONS", None)


@sock.route("/ws/challenges/<int:challenge_id>/", bp=bp)  # type: ignore[untyped-decorator]  # flask-sock ships no types
def challenge_socket(ws: WebSocket, challenge_id: int) -> None:
    _serve(
        ws,
        lambda: challenge_topic(challenge_id),
        lambda cursor: service().opener.challenge(challenge_id, viewer(), cursor),
        challenge_id,
    )


@sock.route("/ws/challenges/notifications/", bp=bp)  # type: ignore[untyped-decorator]  # flask-sock ships no types
def notification_socket(ws: WebSocket) -> None:
    _serve(
        ws,
        lambda: user_topic(viewer().user_id),
        lambda cursor: service().opener.notifications(viewer(), cursor),
        None,
    )


class _Refused(Exception):
    """The socket is closed at once, with this code and reason."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


def _serve(
    ws: WebSocket,
    topic: Callable[[], str],
    open_at: Callable[[int | None], TopicStart],
    challenge_id: int | None,
) -> None:
    try:
        _require_admission()
        cursor = _cursor(ws)
        # From before the opening is read until the stream is on, nothing announced is lost.
        with service().hub.buffering(topic()):
            fields = stream_fields(open_at(cursor))
            carry = _hand_over(ws, fields, WebSocketCommands(service(), viewer(), challenge_id))
    except ChallengeNotFound as violation:
        _close(ws, NOT_FOUND, violation_text(violation, current_locale()))
    except NotAParticipant as violation:
        _close(ws, NOT_A_PARTICIPANT, violation_text(violation, current_locale()))
    except _Refused as refused:
        _close(ws, refused.code, refused.reason)
    except StoreUnavailable:
        _close(ws, TRY_LATER, "limit")
    else:
        carry()


def _require_admission() -> None:
    if not current_user.is_authenticated:
        raise _Refused(NOT_SIGNED_IN, http_text(401, current_locale()))
    refusal = service().hub.refusal(service().settings.max_streams)
    if refusal is not None:
        raise _Refused(CLOSE_CODES[refusal], refusal)


def _cursor(ws: WebSocket) -> int | None:
    try:
        return requested_cursor()
    except InvalidInput as error:
        text = translate(current_locale(), error.text, **error.fields)
        ws.send(error_message(text).decode())
        raise _Refused(POLICY, text) from None


def _close(ws: WebSocket, code: int, reason: str) -> None:
    ws.close(code, short_reason(reason))


def _hand_over(
    ws: WebSocket, fields: dict[str, Any], conversation: WebSocketCommands
) -> Callable[[], None]:
    """Give the socket to the hub; return what is left to do in this greenlet."""
    ws.connected = False  # for the library it is over: flask-sock would close it
    if gunicorn_adapter.is_plain(ws.sock):
        connection, carry = gunicorn_adapter.take(ws.sock), _nothing
    else:
        connection, carry = gunicorn_adapter.stand_in(ws.sock)
    codec = WebSocketCodec(ws.ws.connection, conversation.hear)
    stream = SocketStream(dispatcher=service().dispatcher, codec=codec, socket=connection, **fields)
    conversation.stream = stream
    stream.guarded(stream.begin, b"")
    return carry


def _nothing() -> None:
    pass
