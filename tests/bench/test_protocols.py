"""The measuring client parses the bytes of a stream in pieces of any size."""

import pytest

from bench.protocols import Message, SseReader, Unreadable, WebSocketReader, take_answer

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
FRAMES = (
    b'retry: 2000\nevent: stream\ndata: {"state":"open"}\n\n: heartbeat\n',
    b'data: {"type":"a","payload":1}\nid: 4\n\ndata: {"type":"b",',
    b'"payload":2}\nid: 5\n\n',
)
SSE = HEAD + b"".join(b"%X\r\n%s\r\n" % (len(frame), frame) for frame in FRAMES)

TEXT = b'{"type":"a","payload":1}'
LONG = b'{"type":"b","payload":"%s"}' % (b"x" * 200)
SOCKET = (
    b"HTTP/1.1 101 Switching Protocols\r\n\r\n"
    + bytes((0x81, len(TEXT)))
    + TEXT
    + b"\x89\x02hi"
    + bytes((0x81, 126))
    + len(LONG).to_bytes(2)
    + LONG
)


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_sse_is_parsed_in_pieces_of_any_size(size: int) -> None:
    reader = SseReader()
    found = [m for at in range(0, len(SSE), size) for m in reader.feed(SSE[at : at + size])]
    assert found == [Message(4, "a", 1), Message(5, "b", 2)]
    assert reader.control == [{"state": "open"}]


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_a_websocket_is_parsed_in_pieces_of_any_size_and_pings_are_answered(size: int) -> None:
    reader = WebSocketReader()
    found = [m for at in range(0, len(SOCKET), size) for m in reader.feed(SOCKET[at : at + size])]
    assert found == [Message(None, "a", 1), Message(None, "b", "x" * 200)]
    assert reader.reply == b"\x8a\x82\0\0\0\0hi"


def test_a_refused_stream_is_unreadable() -> None:
    with pytest.raises(Unreadable, match="answered 403"):
        list(SseReader().feed(b"HTTP/1.1 403 FORBIDDEN\r\nContent-Length: 2\r\n\r\n{}"))


def test_an_answer_is_taken_when_it_is_complete() -> None:
    whole = b"HTTP/1.1 503 X\r\nRetry-After: 2\r\nContent-Length: 2\r\n\r\n{}"
    buffer = bytearray(whole[:-1])
    assert take_answer(buffer) is None
    buffer += whole[-1:] + b"HTTP"
    answer = take_answer(buffer)
    assert answer is not None
    assert (answer.status, answer.body, answer.retry_after) == (503, b"{}", 2)
    assert buffer == b"HTTP"
