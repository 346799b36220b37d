"""What a WebSocket does with each kind of frame: the cases of Autobahn's groups 1 to 10.

Autobahn expects an echo. This service answers each message with an error, so that here a case
passes if the connection goes on (a last ping is answered) or ends with the right code.
"""

import socket
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BufferedReader
from itertools import pairwise

import pytest
from qader_client.rest import Api

from cluster.local_server import LocalServer
from fuzz.websocket_inputs import BINARY, CONTINUATION, PING, PONG, TEXT, close, frame, handshake
from tests.support.duel import PASSWORD

CLOSE = 8
PROTOCOL_ERROR, NOT_UTF8, TOO_BIG = 1002, 1007, 1009
_LAST = b"the last ping"


@dataclass
class Case:
    """What a client sends; the code of the close that it gets, or None if the connection goes on."""

    sent: bytes
    code: int | None = None
    pongs: list[bytes] = field(default_factory=list)
    in_single_bytes: bool = False


def text(content: bytes, *cuts: int) -> bytes:
    """Return a text message in fragments that end at these places."""
    edges = [0, *cuts, len(content)]
    parts = [content[start:end] for start, end in pairwise(edges)]
    frames = [
        frame(CONTINUATION if number else TEXT, part, is_last=number == len(parts) - 1)
        for number, part in enumerate(parts)
    ]
    return b"".join(frames)


def framing() -> Iterator[tuple[str, Case]]:
    for name, opcode in (("text", TEXT), ("binary", BINARY)):
        for size in (0, 125, 126, 127, 128, 4096):
            yield f"1 {name} of {size}", Case(frame(opcode, b"*" * size))
        for size in (4097, 65_535, 65_536, 200_000):
            yield f"1 {name} of {size}", Case(frame(opcode, b"*" * size), TOO_BIG)
    yield "1 in single bytes", Case(frame(TEXT, b"*" * 300), in_single_bytes=True)
    yield "1 unmasked", Case(frame(TEXT, b"x", is_masked=False), PROTOCOL_ERROR)
    for length in (2, 8):
        long = frame(TEXT, b"x", length_bytes=length)
        yield f"1 a length in {length} bytes too many", Case(long, PROTOCOL_ERROR)


def pings() -> Iterator[tuple[str, Case]]:
    for payload in (b"", b"Hello", b"\x00\xff\xfe", b"\xfe" * 125):
        yield f"2 ping {payload[:6]!r}", Case(frame(PING, payload), pongs=[payload])
    yield "2 ping of 126", Case(frame(PING, b"x" * 126), PROTOCOL_ERROR)
    yield "2 ping in single bytes", Case(frame(PING, b"x" * 9), None, [b"x" * 9], True)
    yield "2 unasked pongs", Case(frame(PONG) + frame(PONG, b"x" * 125))
    yield "2 pong, then ping", Case(frame(PONG, b"x") + frame(PING, b"y"), pongs=[b"y"])
    ten = [b"%d" % number for number in range(10)]
    yield "2 ten pings", Case(b"".join(frame(PING, one) for one in ten), pongs=ten)


def reserved() -> Iterator[tuple[str, Case]]:
    for bits in range(1, 8):
        yield f"3 bits {bits}", Case(frame(TEXT, b"x", reserved=bits), PROTOCOL_ERROR)
        yield f"3 bits {bits} of a ping", Case(frame(PING, b"x", reserved=bits), PROTOCOL_ERROR)
    for opcode in (*range(3, 8), *range(11, 16)):
        yield f"4 opcode {opcode}", Case(frame(opcode, b"x"), PROTOCOL_ERROR)
        after = text(b"Hello") + frame(opcode)
        yield f"4 opcode {opcode} after a message", Case(after, PROTOCOL_ERROR)


def fragments() -> Iterator[tuple[str, Case]]:
    first, last = frame(TEXT, b"a", is_last=False), frame(CONTINUATION, b"b")
    middle = frame(CONTINUATION, b"", is_last=False)
    for name, opcode in (("ping", PING), ("pong", PONG)):
        yield f"5 a {name} in fragments", Case(frame(opcode, is_last=False) + last, PROTOCOL_ERROR)
    yield "5 two fragments", Case(first + last)
    yield "5 a ping between", Case(first + frame(PING, b"p") + last, pongs=[b"p"])
    yield "5 fifty of nothing", Case(first + 50 * middle + last)
    yield "5 without an end of nothing", Case(first + 5_000 * middle, TOO_BIG)
    yield "5 a continuation of nothing", Case(last, PROTOCOL_ERROR)
    yield "5 a continuation after the end", Case(first + last + last, PROTOCOL_ERROR)
    yield "5 an open continuation of nothing", Case(middle, PROTOCOL_ERROR)
    for name, opcode in (("text", TEXT), ("binary", BINARY)):
        yield f"5 {name} within a message", Case(first + frame(opcode, b"b"), PROTOCOL_ERROR)
    yield "9 too big in fragments", Case(text(b"*" * 5_000, *range(500, 5_000, 500)), TOO_BIG)
    yield "10 as large as may be, in fragments", Case(text(b"*" * 4096, *range(256, 4096, 256)))


def utf8() -> Iterator[tuple[str, Case]]:
    good = "Hello-µ@ßöä-سارة-\U0010ffff-\ufeff-\ufffe".encode()
    yield "6 good", Case(text(good))
    yield "6 good, cut everywhere", Case(text(good, *range(1, len(good))))
    yield "6 good, in single bytes", Case(text(good), in_single_bytes=True)
    bad = {
        "a lone continuation": b"\x80",
        "a byte that never is": b"\xff",
        "too long": b"\xc0\x80",
        "too long, of three": b"\xe0\x80\x80",
        "too long, of four": b"\xf0\x80\x80\x80",
        "a surrogate": b"\xed\xa0\x80",
        "a pair of surrogates": b"\xed\xa0\x80\xed\xb0\x80",
        "beyond the last": b"\xf4\x90\x80\x80",
        "of five": b"\xf8\x88\x80\x80\x80",
        "an end within": b"\xce",
        "an end within, of four": b"\xf0\x9f\x98",
        "amid good": good + b"\xed\xa0\x80" + good,
    }
    for name, content in bad.items():
        yield f"6 {name}", Case(text(content), NOT_UTF8)
        yield f"6 {name}, in fragments", Case(text(b"x" + content, 1), NOT_UTF8)
        yield f"6 {name}, as binary", Case(frame(BINARY, content))


def closing() -> Iterator[tuple[str, Case]]:
    yield "7 close", Case(close(), 1000)
    yield "7 two closes", Case(close() + close(), 1000)
    yield "7 a ping after it", Case(close() + frame(PING, b"x"), 1000)
    yield "7 a message after it", Case(close() + text(b"x"), 1000)
    yield "7 amid a message", Case(frame(TEXT, b"x", is_last=False) + close(), 1000)
    yield "7 with the longest reason", Case(close(1000, b"*" * 123), 1000)
    yield "7 with a longer reason", Case(close(1000, b"*" * 124), PROTOCOL_ERROR)
    yield "7 with a reason of bad UTF-8", Case(close(1000, b"\xce\xba\xff"), NOT_UTF8)
    yield "7 of one byte", Case(frame(CLOSE, b"x"), PROTOCOL_ERROR)
    for code in (1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999):
        yield f"7 code {code}", Case(close(code), code)
    for code in (0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999):
        yield f"7 code {code}", Case(close(code), PROTOCOL_ERROR)


CASES = dict(
    case for group in (framing, pings, reserved, fragments, utf8, closing) for case in group()
)


@pytest.fixture(scope="module")
def cookie(server: LocalServer) -> str:
    api = Api.signed_in(server.base_url, "player1", PASSWORD)
    api.close()
    return api.cookie or ""


def received(stream: BufferedReader) -> Iterator[tuple[int, bytes]]:
    """Yield the opcode and the payload of each frame until the server ends the connection."""
    while head := stream.read(2):
        size = head[1]
        if size == 126:
            (size,) = struct.unpack(">H", stream.read(2))
        assert size < 127
        yield head[0] & 0xF, stream.read(size)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_frame_is_answered_as_the_standard_says(
    server: LocalServer, cookie: str, case: Case
) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.sendall(handshake("/ws/challenges/notifications/", cookie))
        stream = connection.makefile("rb")
        while stream.readline() != b"\r\n":
            pass  # the head of the answer to the handshake
        sent = case.sent + frame(PING, _LAST)
        for piece in (
            [sent[at : at + 1] for at in range(len(sent))] if case.in_single_bytes else [sent]
        ):
            connection.sendall(piece)
        pongs, code = [], None
        for opcode, payload in received(stream):
            if opcode == PONG:
                pongs.append(payload)
            if opcode == CLOSE:
                code = struct.unpack(">H", payload[:2])[0] if payload else 1005
            if payload == _LAST or opcode == CLOSE:
                break
    assert (code, pongs) == (case.code, case.pongs + ([_LAST] if case.code is None else []))
