"""What a client may send on its WebSocket."""

import gc

import pytest
from wsproto.connection import Connection, ConnectionType
from wsproto.events import BytesMessage, CloseConnection, Event, Ping, Pong, TextMessage

from qader_sse.realtime.protocol.frames import text_message
from qader_sse.realtime.protocol.websocket_codec import WebSocketCodec

PROTOCOL_ERROR, MESSAGE_TOO_BIG = 1002, 1009


@pytest.fixture
def received() -> list[str | bytes]:
    return []


@pytest.fixture
def codec(received: list[str | bytes]) -> WebSocketCodec:
    return WebSocketCodec(received.append)


def said(*parts: str, ends: bool = True) -> bytes:
    """Return the bytes of one text message that a client sends in these parts."""
    client = Connection(ConnectionType.CLIENT)
    last = len(parts) - 1
    return b"".join(
        client.send(TextMessage(data=part, message_finished=ends and number == last))
        for number, part in enumerate(parts)
    )


@pytest.mark.parametrize("parts", [("mark_ready",), ("mark", "_", "", "ready")])
def test_a_message_in_fragments_is_received_whole(
    codec: WebSocketCodec, received: list[str | bytes], parts: tuple[str, ...]
) -> None:
    for byte in said(*parts):
        assert codec.receive(bytes((byte,))) == b""
    assert received == ["mark_ready"]
    assert not codec.is_over


@pytest.mark.parametrize("part", ["", "x"])
def test_a_message_of_very_many_fragments_is_too_big(
    codec: WebSocketCodec, received: list[str | bytes], part: str
) -> None:
    answer = codec.receive(said(*[part] * 5_000, ends=False))
    assert codec.is_over
    assert MESSAGE_TOO_BIG.to_bytes(2, "big") in answer
    assert received == []


def test_bytes_that_are_no_websocket_frame_end_it(codec: WebSocketCodec) -> None:
    codec.receive(b"GET / HTTP/1.1\r\n\r\n")
    assert codec.is_over


@pytest.mark.parametrize("size", [0, 125, 126, 65_535, 65_536])
def test_a_message_around_each_limit_of_the_length_field_is_read_whole(size: int) -> None:
    """RFC 6455, 5.2: seven bits of length up to 125, then 16 bits, then 64."""
    client = Connection(ConnectionType.CLIENT)
    client.receive_data(text_message(b"x" * size))
    assert list(client.events()) == [TextMessage(data="x" * size)]


@pytest.mark.parametrize("code", [1000, 1001, 1003, *range(1007, 1015), 3000, 3999, 4000, 4999])
def test_a_close_frame_is_answered_with_its_own_code(codec: WebSocketCodec, code: int) -> None:
    client = Connection(ConnectionType.CLIENT)
    answer = codec.receive(client.send(CloseConnection(code)))
    assert answer == b"\x88\x02" + code.to_bytes(2, "big")
    assert codec.may_close


@pytest.mark.parametrize("code", [0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000])
def test_a_close_frame_with_a_code_that_nobody_may_send_is_a_mistake(
    codec: WebSocketCodec, code: int
) -> None:
    masked_with_zeros = b"\x88\x82" + bytes(4) + code.to_bytes(2, "big")
    answer = codec.receive(masked_with_zeros)
    assert answer[2:4] == PROTOCOL_ERROR.to_bytes(2, "big")
    assert codec.may_close


ALONE = [
    *(Pong(), Pong(b"\x00\xff" * 60), Ping(b"?"), TextMessage("mark_ready"), TextMessage("")),
    *(TextMessage("\u062c\u0627\u0647\u0632" * 15), BytesMessage(b"\xff" * 125)),
]
LONG = TextMessage("x" * 126)
PART = TextMessage("mark_", message_finished=False)


@pytest.mark.parametrize("event", ALONE, ids=repr)
def test_a_quiet_socket_keeps_no_state_of_what_came_alone(
    codec: WebSocketCodec, event: Event
) -> None:
    gc.collect()  # or what earlier tests have left might be gone in between
    before = _wsproto_states()
    codec.receive(Connection(ConnectionType.CLIENT).send(event))
    assert not codec.is_over
    assert _wsproto_states() == before


@pytest.mark.parametrize("at_once", [1, 2, 3, 5, 7, 11, 131, 200, 10_000])
def test_messages_are_the_same_wherever_the_bytes_are_cut(
    codec: WebSocketCodec, received: list[str | bytes], at_once: int
) -> None:
    client = Connection(ConnectionType.CLIENT)
    sent = [*ALONE, LONG, PART, Pong(), TextMessage("ready"), *ALONE]
    data = b"".join(map(client.send, sent))
    for start in range(0, len(data), at_once):
        codec.receive(data[start : start + at_once])
    assert not codec.is_over
    messages = [event.data for event in ALONE if isinstance(event, TextMessage | BytesMessage)]
    assert received == [*messages, LONG.data, "mark_ready", *messages]


@pytest.mark.parametrize("first", [PART, LONG, Ping(b"?")], ids=["part", "long", "ping"])
def test_the_rest_of_a_frame_is_awaited(
    codec: WebSocketCodec, received: list[str | bytes], first: Event
) -> None:
    """Also where what came alone, and seems to be all, has the first byte of a next frame behind it."""
    client = Connection(ConnectionType.CLIENT)
    data = client.send(first) + client.send(TextMessage("ready"))
    for cut in range(len(data)):
        received.clear()
        each = WebSocketCodec(received.append)
        answers = each.receive(data[:cut]) + each.receive(data[cut:])
        assert not each.is_over
        assert bool(answers) == isinstance(first, Ping)
        assert "".join(map(str, received)).endswith("ready")


def _wsproto_states() -> int:
    # Not `isinstance`, which asks weak proxies, those of what is gone, too.
    return sum(type(found) is Connection for found in gc.get_objects())
