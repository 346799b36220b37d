"""Messages that clients send on a WebSocket, and the answers to them."""

import json
import logging
from collections import deque
from datetime import datetime
from typing import Any

import gevent

from qader_sse.domain.i18n import mark, translate
from qader_sse.domain.presenters import Viewer
from qader_sse.domain.violations import LimitReached, RuleViolation
from qader_sse.limits.table import ACTIONS
from qader_sse.realtime.protocol.frames import encode, text_message
from qader_sse.realtime.streams.socket_stream import SocketStream
from qader_sse.request_ids import caused_by
from qader_sse.service import Service
from qader_sse.store.errors import StoreUnavailable
from qader_sse.web.error_responses import LIMIT_PAUSE_SECONDS
from qader_sse.web.error_texts import http_text, unavailable_text, violation_text
from qader_sse.web.ready_answer import ready_answer

logger = logging.getLogger(__name__)

_MAX_UNANSWERED = 16


class WebSocketCommands:
    """Called with each message of one client, which are answered in order.

    Between messages there is no greenlet, and no queue of them either: most sockets are quiet.
    """

    __slots__ = ("_challenge_id", "_service", "_unanswered", "_viewer", "stream")

    def __init__(self, service: Service, viewer: Viewer, challenge_id: int | None) -> None:
        self.stream: SocketStream  # set before the first message can come
        self._service = service
        self._viewer = viewer
        self._challenge_id = challenge_id
        # Each with the time when it arrived; None while no message is being answered.
        self._unanswered: deque[tuple[str | bytes, datetime]] | None = None

    def __call__(self, text: str | bytes) -> None:
        message = text, self._service.clock()
        if self._unanswered is None:
            self._unanswered = deque((message,))
            gevent.spawn(self._answer_all, self._unanswered)
        elif len(self._unanswered) < _MAX_UNANSWERED:
            self._unanswered.append(message)
        else:
            self.stream.connection.close("slow")

    def _answer_all(self, unanswered: deque[tuple[str | bytes, datetime]]) -> None:
        try:
            # Of a message that has no id of its own, the handshake's leads to the stream's lines.
            with caused_by(self.stream.connection.request_id):
                while unanswered and not self.stream.connection.closing:
                    self.stream.send(text_message(self._answer(*unanswered.popleft())))
        finally:
            self._unanswered = None

    def _answer(self, text: str | bytes, arrived_at: datetime) -> bytes:
        try:
            # Every message counts, also one that is refused: 6400 refusals a second were one worker's
            # whole time.
            self._service.shares.spend(ACTIONS, self._viewer.user_id)
            return self._act(text, arrived_at)
        except LimitReached as violation:
            self._service.shares.note_refusal(violation)
            gevent.sleep(LIMIT_PAUSE_SECONDS)
            return self._refused(violation_text(violation, self._viewer.locale))
        except RuleViolation as violation:
            return self._refused(violation_text(violation, self._viewer.locale))
        except StoreUnavailable as error:
            return self._refused(unavailable_text(error, self._viewer.locale))
        except Exception:
            logger.exception("message failed")
            return self._refused(http_text(500, self._viewer.locale))

    def _act(self, text: str | bytes, arrived_at: datetime) -> bytes:
        try:
            message: Any = json.loads(text)
        except (ValueError, RecursionError):
            return self._error(mark("The message is not valid JSON."))
        if not isinstance(message, dict):
            return self._error(mark("The message must be a JSON object with a type."))
        if self._challenge_id is None or message.get("type") != "mark_ready":
            return self._error(
                mark(
                    "Unknown message type. Here only mark_ready is acted on; use REST for the rest."
                )
            )
        if unknown := sorted(set(message) - {"type"}):
            # A lone surrogate, which JSON can name, has no place in an answer.
            names = ", ".join(unknown).encode(errors="replace").decode()
            return self._error(
                mark("There is no such field here: %(names)s. Leave it out."), names=names
            )
        challenge = self._service.challenges.ready(
            self._challenge_id, self._viewer.user_id, arrived_at
        )
        confirmed = ready_answer(challenge, self._viewer.locale, arrived_at)
        return encode({"type": "ready_confirmation", "payload": confirmed})

    def _error(self, text: str, **fields: str) -> bytes:
        return self._refused(translate(self._viewer.locale, text, **fields))

    def _refused(self, text: str) -> bytes:
        self._service.hub.notes.answered_error(self.stream.connection)
        return error_message(text)


def error_message(text: str) -> bytes:
    return encode({"type": "error", "payload": {"detail": text}})
