"""Well-formed WebSocket frames in odd sequences, after a handshake."""

import struct
from collections.abc import Sequence
from random import Random
from urllib.parse import quote

from fuzz import odd_values
from fuzz.http_inputs import Input

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
_PATHS = (
    "/ws/challenges/notifications/",
    "/ws/challenges/1/",
    "/ws/challenges/2/",
    "/ar/ws/challenges/3/",
)
_MASK = b"\x12\x34\x56\x78"


def frame(
    opcode: int,
    payload: bytes = b"",
    *,
    is_last: bool = True,
    reserved: int = 0,
    is_masked: bool = True,
    length_bytes: int | None = None,
) -> bytes:
    """Return a frame as a client sends it; `length_bytes` is 0, 2 or 8 where it is not the least."""
    size = len(payload)
    if length_bytes is None:
        length_bytes = 0 if size < 126 else 2 if size < 2**16 else 8
    short = {0: size, 2: 126, 8: 127}[length_bytes]
    head = bytes([is_last << 7 | reserved << 4 | opcode, is_masked << 7 | short])
    head += {0: b"", 2: struct.pack(">H", size & 0xFFFF), 8: struct.pack(">Q", size)}[length_bytes]
    if not is_masked:
        return head + payload
    return head + _MASK + bytes(byte ^ _MASK[at % 4] for at, byte in enumerate(payload))


def close(code: int | None = 1000, reason: bytes = b"") -> bytes:
    return frame(CLOSE, b"" if code is None else struct.pack(">H", code) + reason)


def handshake(path: str, cookie: str, extra: str = "") -> bytes:
    return (
        f"GET {path} HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n"
        f"Cookie: sessionid={quote(cookie, safe='')}\r\n{extra}\r\n"
    ).encode("latin-1")


def websocket_input(chance: Random, cookies: Sequence[str]) -> Input:
    extra = chance.choice(
        (
            "",
            "",
            "",
            "Sec-WebSocket-Extensions: permessage-deflate\r\n",
            "Sec-WebSocket-Protocol: a, b\r\n",
        )
    )
    opening = handshake(chance.choice(_PATHS), chance.choice(cookies), extra)
    frames = [_frame(chance) for _ in range(chance.randrange(1, 12))]
    if chance.random() < 0.5:
        frames.append(close(chance.choice((1000, 1001, 1005, 1014, 2999, 3000, 4999, 0, 65535))))
    if chance.random() < 0.1:
        return Input([opening + b"".join(frames)], resets=chance.random() < 0.2)
    if chance.random() < 0.2:
        data = b"".join(frames)
        cut = chance.randrange(1, len(data))
        return Input([opening, data[:cut], data[cut:]])
    return Input([opening, b"".join(frames)], resets=chance.random() < 0.05)


def _frame(chance: Random) -> bytes:
    luck = chance.random()
    if luck < 0.35:
        return frame(TEXT, _message(chance), is_last=chance.random() < 0.8)
    if luck < 0.45:
        return frame(BINARY, _message(chance), is_last=chance.random() < 0.8)
    if luck < 0.6:
        return frame(CONTINUATION, _message(chance), is_last=chance.random() < 0.6)
    if luck < 0.75:
        return frame(chance.choice((PING, PONG)), _message(chance)[:125])
    if luck < 0.8:
        return close(chance.choice((None, 1000, 1007, 999)), _message(chance)[:123])
    if luck < 0.85:
        return frame(chance.randrange(16), b"x", reserved=chance.randrange(8))
    if luck < 0.9:
        return frame(TEXT, b"x" * chance.choice((0, 125, 126, 4_096, 4_097, 65_536, 200_000)))
    if luck < 0.95:
        return frame(
            TEXT, b"{}", length_bytes=chance.choice((2, 8)), is_masked=chance.random() < 0.7
        )
    return frame(PING, b"p" * 126)


def _message(chance: Random) -> bytes:
    if chance.random() < 0.4:
        fields = {"type": '"mark_ready"', "challenge_id": str(chance.randrange(1, 9))}
        return odd_values.json_object(chance, fields).encode(errors="surrogatepass")
    if chance.random() < 0.6:
        return odd_values.json_text(chance).encode(errors="surrogatepass")
    return chance.choice(
        (b"", b"\xff", b"\xce", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", bytes(range(200)))
    )
