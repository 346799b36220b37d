"""What a request passes between gunicorn and the app: it is refused, or mended and received whole.

The app begins only when the body has arrived. So a client that sends it slowly costs neither a
turn of anything nor the memory of a request in Flask.
"""

import io
import json
from collections.abc import Iterable
from typing import Any, Literal
from wsgiref.types import StartResponse, WSGIEnvironment

from qader_sse.service import AnswerCounts
from qader_sse.web import access_log, answer_counts
from qader_sse.web.request_identity import HEADER, request_id

Refusal = tuple[str, bytes]


def _refusal(status: str, english: str, arabic: str) -> Refusal:
    # English and Arabic: the language of the client is read by Flask, which this request never reaches.
    return status, json.dumps({"detail": f"{english} {arabic}"}, ensure_ascii=False).encode()


NO_HOST = _refusal(
    "400 Bad Request",
    "The request names no host: send a Host header.",
    "الطلب لا يذكر المضيف: تلزم الترويسة Host.",
)
UNKNOWN_VERSION = _refusal(
    "505 HTTP Version Not Supported", "Send HTTP/1.1 or HTTP/1.0.", "المطلوب HTTP/1.1 أو HTTP/1.0."
)
BROKEN = _refusal(
    "400 Bad Request",
    "The body is malformed, or ends too early. Send it again.",
    "محتوى الطلب غير سليم أو ناقص. يُرجى إرساله مرة أخرى.",
)
LATE = _refusal(
    "408 Request Timeout",
    "The request did not arrive in time. Send it again.",
    "لم يصل الطلب كاملًا في الوقت المحدد. يُرجى إرساله مرة أخرى.",
)
NOT_BELOW_PREFIX = _refusal(
    "404 Not Found",
    "Nothing is here: all paths of this service begin with its prefix.",
    "لا شيء هنا: كل مسارات هذه الخدمة تبدأ ببادئتها.",
)
TOO_MANY_WAITING = _refusal(
    "503 Service Unavailable",
    "Too many sign-ins from your network at this moment; nothing has changed. Try again soon.",
    "عدد كبير من محاولات الدخول من شبكتك الآن؛ لم يتغير شيء. يُرجى إعادة المحاولة بعد قليل.",
)


def refuse(
    refusal: Refusal,
    environ: WSGIEnvironment,
    start_response: StartResponse,
    answers: AnswerCounts,
    *,
    route: str = "none",
    retry_after: int | None = None,
) -> Iterable[bytes]:
    """Answer with a few bytes that were made before: thousands may come at the same moment."""
    status, body = refusal
    headers = [
        ("Content-Type", "application/json"),
        ("Content-Length", str(len(body))),
        ("Cache-Control", "no-store"),
        ("X-Content-Type-Options", "nosniff"),
        (HEADER, request_id(environ)),
    ]
    if retry_after is not None:
        headers.append(("Retry-After", str(retry_after)))
    access_log.write_refused(environ, status, len(body))
    answer_counts.count(answers, environ["REQUEST_METHOD"], route, status[:3])
    start_response(status, headers)
    return (body,)


def mistake_in_head(environ: WSGIEnvironment) -> Refusal | None:
    """Return what gunicorn lets pass although HTTP forbids it (RFC 9112, 2.3 and 3.2), or None."""
    version = environ.get("SERVER_PROTOCOL")
    if version not in ("HTTP/1.0", "HTTP/1.1"):
        return UNKNOWN_VERSION
    if version == "HTTP/1.1" and "HTTP_HOST" not in environ:
        return NO_HOST
    return None


def join_cookies(environ: WSGIEnvironment, headers: Iterable[tuple[str, str]]) -> None:
    """Join several `Cookie` lines by a semicolon, as cookies are; gunicorn joins them by a comma."""
    if "," in environ.get("HTTP_COOKIE", ""):
        lines = [value for name, value in headers if name.upper() == "COOKIE"]
        if len(lines) > 1:
            environ["HTTP_COOKIE"] = "; ".join(lines)


def size_of_body(environ: WSGIEnvironment) -> int | None:
    """Return the size of the body, 0 while it is unknown because of chunks, or None without one."""
    if environ.get("CONTENT_LENGTH"):
        return int(environ["CONTENT_LENGTH"]) or None  # gunicorn has checked that it is a number
    return 0 if "HTTP_TRANSFER_ENCODING" in environ else None


def is_at_hand(environ: WSGIEnvironment) -> bool:
    """Return whether the body came with the head: then `ordinary_heads` has put it in the place of the input."""
    return isinstance(environ["wsgi.input"], io.BytesIO)


def receive(
    environ: WSGIEnvironment, size: int, most: int
) -> Literal["whole", "too long", "broken"]:
    """Read the body, of at most so many bytes, into the place of the input; return how it was.

    Of one that is too long, the app gets the rest as it comes, to refuse and discard it.
    """
    source = environ["wsgi.input"]
    try:
        data = source.read(most + 1)
    except Exception:  # noqa: BLE001  # cut or malformed: gunicorn raises different errors
        return "broken"
    if len(data) > most:
        environ["wsgi.input"] = _Continued(data, source)
        return "too long"
    environ["wsgi.input"] = io.BytesIO(data)
    return "whole" if len(data) >= size else "broken"


class _Continued(io.RawIOBase):
    """Bytes that were read before, then those of a stream."""

    def __init__(self, data: bytes, stream: Any) -> None:
        self._data = io.BytesIO(data)
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._data.read(len(buffer)) or self._stream.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)
