"""The WebSocket shim for legacy clients: the same messages, on a thin copy of the old addresses.

One greenlet writes (frames, replies and the close), one reads what the client sends.
"""

import json
import logging
from collections.abc import Callable
from contextlib import closing
from typing import Any

import gevent
from flask import Blueprint, Flask, Response, copy_current_request_context, request
from flask_login import current_user
from simple_websocket import ConnectionClosed
from simple_websocket import Server as WebSocket
from werkzeug.exceptions import Unauthorized
from wsproto.utilities import RemoteProtocolError

from qader_sse.domain.errors import ChallengeNotFound, NotAParticipant, RuleViolation
from qader_sse.domain.texts import mark, translate
from qader_sse.extensions import sock
from qader_sse.realtime.frames import encode
from qader_sse.realtime.stream import Opening, Stream
from qader_sse.service import service
from qader_sse.store.errors import StoreUnavailable
from qader_sse.web.access import viewer
from qader_sse.web.challenges import ready_answer
from qader_sse.web.cursors import requested_cursor
from qader_sse.web.errors import (
    InvalidInput,
    http_response,
    http_text,
    unavailable_text,
    violation_text,
)
from qader_sse.web.legacy import Pace, WholeWrites
from qader_sse.web.locale import current_locale
from qader_sse.web.streams import bound_socket, log_closed, log_opened, new_stream

logger = logging.getLogger(__name__)

bp = Blueprint("sockets", __name__)

# Nothing a client may say is longer than a few words; the library's input is otherwise unbounded.
SERVER_OPTIONS = {"ping_interval": 25, "max_message_size": 4096, "receive_bytes": 4096}
_MOST_UNREAD_MESSAGES = 16

_RESTART, _POLICY, _TRY_LATER = 1012, 1008, 1013
_NOT_SIGNED_IN, _NOT_A_PARTICIPANT, _NOT_FOUND = 4001, 4003, 4004
_CLOSE_CODES = {
    "draining": _RESTART,
    "max_age": _RESTART,
    "limit": _TRY_LATER,
    "slow": _POLICY,
    "disabled": _POLICY,
    "signed_out": _NOT_SIGNED_IN,
}


def register(app: Flask) -> None:
    app.config["SOCK_SERVER_OPTIONS"] = SERVER_OPTIONS
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
def prepare_socket() -> None:
    # Compression would cost each quiet socket more memory than all the rest of it.
    request.environ.pop("HTTP_SEC_WEBSOCKET_EXTENSIONS", None)
    socket = request.environ.get("gunicorn.socket")
    if socket is not None:
        bound_socket(socket)
        request.environ["gunicorn.socket"] = WholeWrites(socket)


@sock.route("/ws/challenges/<int:challenge_id>/", bp=bp)  # type: ignore[untyped-decorator]  # flask-sock ships no types
def challenge_socket(ws: WebSocket, challenge_id: int) -> None:
    def act(message: dict[str, Any]) -> str:
        return _mark_ready(challenge_id, message)

    _serve(ws, lambda cursor: service().openings.challenge(challenge_id, viewer(), cursor), act)


@sock.route("/ws/challenges/notifications/", bp=bp)  # type: ignore[untyped-decorator]  # flask-sock ships no types
def notification_socket(ws: WebSocket) -> None:
    _serve(ws, lambda cursor: service().openings.notifications(viewer(), cursor), _unknown_type)


class _Refused(Exception):
    """The socket is closed at once, with this code and reason."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


def _serve(
    ws: WebSocket,
    open_at: Callable[[int | None], Opening],
    act: Callable[[dict[str, Any]], str],
) -> None:
    try:
        _require_admission()
        stream = new_stream(open_at(_cursor(ws)))
    except ChallengeNotFound as violation:
        _close(ws, _NOT_FOUND, violation_text(violation, current_locale()))
    except NotAParticipant as violation:
        _close(ws, _NOT_A_PARTICIPANT, violation_text(violation, current_locale()))
    except _Refused as refused:
        _close(ws, refused.code, refused.reason)
    except StoreUnavailable:
        _close(ws, _TRY_LATER, "limit")
    else:
        reader = gevent.spawn(copy_current_request_context(_read), ws, stream, act)
        try:
            _write(ws, stream)
        finally:
            reader.kill()


def _require_admission() -> None:
    if not current_user.is_authenticated:
        raise _Refused(_NOT_SIGNED_IN, http_text(401))
    refusal = service().hub.refusal(service().settings.max_streams)
    if refusal is not None:
        raise _Refused(_CLOSE_CODES[refusal], refusal)


def _cursor(ws: WebSocket) -> int | None:
    try:
        return requested_cursor()
    except InvalidInput as error:
        text = translate(current_locale(), error.text, **error.fields)
        ws.send(_error(text))
        raise _Refused(_POLICY, text) from None


def _close(ws: WebSocket, code: int, reason: str) -> None:
    # A close reason holds 123 bytes; in Arabic that is some sixty letters.
    ws.close(code, reason.encode()[:123].decode(errors="ignore"))


def _write(ws: WebSocket, stream: Stream) -> None:
    opened_at = log_opened(stream, "websocket")
    try:
        pace = Pace(ws)
        with closing(stream.batches()) as batches:
            for batch in batches:
                pace.send_all(batch)
                del batch  # a quiet stream keeps nothing of what it sent
                while stream.replies:
                    ws.send(stream.replies.popleft())
        if stream.closing:
            _close(ws, _CLOSE_CODES[stream.closing], stream.closing)
    except OSError:
        stream.leave()  # cut, or too slow to take a frame
    finally:
        log_closed(stream, "websocket", opened_at)


def _read(ws: WebSocket, stream: Stream, act: Callable[[dict[str, Any]], str]) -> None:
    """Answer what the client says, until it is gone."""
    try:
        while not (stream.closing or stream.is_gone):
            text = ws.receive()
            if len(ws.input_buffer) > _MOST_UNREAD_MESSAGES:
                stream.close("slow")
                return
            stream.reply(_answer(text, act))
    except ConnectionClosed:
        stream.leave()


def _answer(text: str | bytes, act: Callable[[dict[str, Any]], str]) -> str:
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        return _error(_text(mark("The message is not valid JSON.")))
    if not isinstance(message, dict):
        return _error(_text(mark("The message must be a JSON object with a type.")))
    try:
        return act(message)
    except RuleViolation as violation:
        return _error(violation_text(violation, current_locale()))
    except Unauthorized:
        return _error(http_text(401))
    except StoreUnavailable as error:
        return _error(unavailable_text(error))
    except Exception:
        logger.exception("message failed")
        return _error(http_text(500))


def _mark_ready(challenge_id: int, message: dict[str, Any]) -> str:
    if message.get("type") != "mark_ready":
        return _unknown_type(message)
    now = service().clock()
    challenge = service().actions.ready(challenge_id, viewer().user_id, now)
    confirmed = ready_answer(challenge, just_started=challenge.started_at == now)
    return encode({"type": "ready_confirmation", "payload": confirmed})


def _unknown_type(message: dict[str, Any]) -> str:
    return _error(
        _text(
            mark("Unknown message type. Here only mark_ready is acted on; use REST for the rest.")
        )
    )


def _error(text: str) -> str:
    return encode({"type": "error", "payload": {"detail": text}})


def _text(message: str) -> str:
    return translate(current_locale(), message)
