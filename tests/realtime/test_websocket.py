"""What a client may do to the wire of its WebSocket."""

import pytest
from wsproto.connection import Connection, ConnectionType
from wsproto.events import TextMessage

from qader_sse.realtime.protocol.frames import text_message
from qader_sse.realtime.protocol.websocket import WebSocketCodec

SAID_TOO_MUCH = 1009


@pytest.fixture
def heard() -> list[str | bytes]:
    return []


@pytest.fixture
def codec(heard: list[str | bytes]) -> WebSocketCodec:
    return WebSocketCodec(Connection(ConnectionType.SERVER), heard.append)


def said(*parts: str, ends: bool = True) -> bytes:
    """Return what a client sends to say this in so many parts."""
    client = Connection(ConnectionType.CLIENT)
    last = len(parts) - 1
    return b"".join(
        client.send(TextMessage(data=part, message_finished=ends and number == last))
        for number, part in enumerate(parts)
    )


@pytest.mark.parametrize("parts", [("mark_ready",), ("mark", "_", "", "ready")])
def test_a_message_is_heard_whole(
    codec: WebSocketCodec, heard: list[str | bytes], parts: tuple[str, ...]
) -> None:
    for byte in said(*parts):
        assert codec.receive(bytes((byte,))) == b""
    assert heard == ["mark_ready"]
    assert not codec.is_over


@pytest.mark.parametrize("part", ["", "x"])
def test_a_message_of_very_many_parts_is_too_big(
    codec: WebSocketCodec, heard: list[str | bytes], part: str
) -> None:
    answer = codec.receive(said(*[part] * 5_000, ends=False))
    assert codec.is_over
    assert SAID_TOO_MUCH.to_bytes(2, "big") in answer
    assert heard == []


def test_what_is_no_websocket_ends_it(codec: WebSocketCodec) -> None:
    codec.receive(b"GET / HTTP/1.1\r\n\r\n")
    assert codec.is_over


@pytest.mark.parametrize("size", [0, 125, 126, 65_535, 65_536])
def test_a_message_around_each_limit_of_the_length_field_is_read_whole(size: int) -> None:
    """RFC 6455, 5.2: seven bits of length up to 125, then 16 bits, then 64."""
    client = Connection(ConnectionType.CLIENT)
    client.receive_data(text_message(b"x" * size))
    assert list(client.events()) == [TextMessage(data="x" * size)]
