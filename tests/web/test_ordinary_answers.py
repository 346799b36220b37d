"""Answers are written as gunicorn writes them, byte for byte, and refused where gunicorn refuses them."""

import re
import time
from collections.abc import Sequence
from contextlib import closing
from email.utils import formatdate
from itertools import product
from random import Random
from typing import Any

import gevent
import pytest
from gevent import socket
from gunicorn.config import Config
from gunicorn.http.message import Request
from gunicorn.http.unreader import IterUnreader
from gunicorn.http.wsgi import Response

from qader_sse.web.streaming import ordinary_answers
from qader_sse.web.streaming.ordinary_answers import OrdinaryResponse

CFG = Config()
DATE = re.compile(rb"\r\nDate: [^\r]*GMT\r\n")
REQUESTS = [f"{method} / HTTP/1.{n}" for method in ("GET", "HEAD", "POST") for n in (0, 1)]
STATUSES: Sequence[Any] = (
    *("200 OK",) * 6,
    *("204 No Content", "304 Not Modified", "101 Switching Protocols", "103 Early Hints"),
    *("500 ", "200", "404 لا", "2000 OK", " 200 OK", "200 OK\r\nSet-Cookie: a=b", b"200 OK", None),
)
NAMES: Sequence[Any] = (
    *("Cache-Control", "X-Request-ID", "Set-Cookie", "Vary", "x_odd", "!#$%&'*+-.^_`|~0aZ"),
    *("Connection", "Upgrade", "upgrade", "Keep-Alive", "TE", "Trailers", "Server", "DATE"),
    *("Transfer-Encoding", "CONTENT-LENGTH", "", " Vary", "Vary ", "Va ry", "Vary:", "Vary\r\nA"),
    *("Vary\n", "Vary\0", "Våry", "\u0130D", "\u212aeep-Alive", "Vary\u00a0", b"Vary", None, 7),
)
VALUES: Sequence[Any] = (
    *("no-store", "a, b", "a  b", "x" * 9_000, "close", "Upgrade", "websocket", "keep-alive", "3"),
    *("", " ", " a", "a ", "\ta", "a\t", "a\tb", "\n"),
    *("a\r\nB: c", "a\nb", "a\rb", "a\0b", "a\x7f"),
    *("é", "\xa0a", "a\x85", "a\xa0", "سلام", "\u2028", b"a", None, 7),
)
BODIES: Sequence[Sequence[Any]] = (
    *([b"ten bytes."],) * 4,
    *([], [b""], [b"ten bytes."] * 2, [b"ten ", b"", b"bytes."], ["ten bytes."], [None]),
)


def written(kind: type, line: str, status: Any, fields: Any, body: Sequence[Any]) -> list[Any]:
    """Return what is sent for an answer, what went wrong, and what is known of it afterwards."""
    request = Request(CFG, IterUnreader([f"{line}\r\nHost: h\r\n\r\n".encode()]), ("", 0))
    near, far = socket.socketpair()
    with closing(far):
        response = kind(request, near, CFG)
        trouble = None
        try:
            response.start_response(status, fields)
            for part in body:
                response.write(part)
            response.close()
        except Exception as error:  # noqa: BLE001  # which one it is, is compared
            trouble = type(error)
        known = {
            name: value for name, value in vars(response).items() if name not in ("req", "sock")
        }
        near.close()
        received = b"".join(iter(lambda: far.recv(65536), b""))
    return [DATE.sub(b"\r\n", received), trouble, known]


def some_fields(chance: Random) -> list[tuple[Any, Any]]:
    """Return ordinary fields with an odd one among them, or two, and perhaps the size of a body."""
    found: list[tuple[Any, Any]] = [("Content-Type", "text/plain"), ("Cache-Control", "no-store")]
    if chance.random() < 0.6:
        found.append(("Content-Length", chance.choice(("10", "10", "10", "0", "3", "9", "11"))))
    for _ in range(chance.choice((0, 1, 1, 2))):
        found.append((chance.choice(NAMES), chance.choice(VALUES)))
    chance.shuffle(found)
    return found


def test_every_answer_is_written_or_refused_as_by_gunicorn() -> None:
    chance, outcomes = Random(1), set()
    for _ in range(3_000):
        fields, body = some_fields(chance), chance.choice(BODIES)
        answer = chance.choice(REQUESTS), chance.choice(STATUSES), fields, body
        ours, gunicorns = (written(kind, *answer) for kind in (OrdinaryResponse, Response))
        assert ours == gunicorns, answer
        outcomes.add(ours[1])
    assert len(outcomes) > 4  # gunicorn knows some reasons for refusing one


def test_every_field_is_written_or_refused_as_by_gunicorn() -> None:
    for field in product(NAMES, VALUES):
        answer = "GET / HTTP/1.1", "200 OK", [field], [b"ten bytes."]
        ours, gunicorns = (written(kind, *answer) for kind in (OrdinaryResponse, Response))
        assert ours == gunicorns, field


def test_an_answer_whose_body_is_whole_goes_out_in_one_piece() -> None:
    near, far = socket.socketpair(type=socket.SOCK_SEQPACKET)  # which keeps the pieces apart
    request = Request(CFG, IterUnreader([b"GET / HTTP/1.1\r\n\r\n"]), ("", 0))
    with closing(near), closing(far):
        response = OrdinaryResponse(request, near, CFG)
        response.start_response("200 OK", [("Content-Length", "10")])
        response.write(b"ten bytes.")
        response.close()
        assert far.recv(65536).endswith(b"\r\nContent-Length: 10\r\n\r\nten bytes.")


def test_an_answer_for_which_the_kernel_has_no_room_arrives_whole() -> None:
    near, far = socket.socketpair()
    request, body = Request(CFG, IterUnreader([b"GET / HTTP/1.1\r\n\r\n"]), ("", 0)), b"ab" * 2**20
    with closing(near), closing(far):
        response = OrdinaryResponse(request, near, CFG)
        response.start_response("200 OK", [("Content-Length", str(len(body)))])
        writing = gevent.spawn(response.write, body)
        received = b""
        while not received.endswith(b"\r\n\r\n" + body):
            received += far.recv(2**20)
        writing.get()


def test_an_answer_has_the_date_of_its_second(monkeypatch: pytest.MonkeyPatch) -> None:
    dates = []
    for now in (7.0, 7.9, 8.0):
        monkeypatch.setattr(time, "monotonic", lambda now=now: now)
        monkeypatch.setattr(time, "time", lambda now=now: 1_700_000_000 + now)
        dates.append(ordinary_answers.http_date())

    seconds = [formatdate(1_700_000_000 + second, usegmt=True) for second in (7, 7, 8)]
    assert dates == seconds
