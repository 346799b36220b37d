"""The Python client's parser returns every complete event, wherever the connection was cut."""

from codecs import BOM_UTF8

import pytest
from qader_client.sse import NotAnEventStream, Parser

STREAM = "retry: 2405\n: heartbeat\ndata: سؤال\nid: 1\n\nevent: challenges/1\ndata: ½\nid: 2\n\n".encode()
ENDS = [STREAM.index(b"event: "), len(STREAM)]


def test_a_connection_cut_anywhere_loses_only_the_event_it_cut() -> None:
    for length in range(len(STREAM) + 1):
        parser = Parser()
        events = list(parser.feed(STREAM[:length]))
        assert len(events) == sum(length >= end for end in ENDS)
        assert [event.data for event in events] == ["سؤال", "½"][: len(events)]
        assert parser.last_event_id == ["", "1", "2"][len(events)]


@pytest.mark.parametrize("size", [1, 3, 7])
def test_bytes_may_be_cut_anywhere_within_a_connection(size: int) -> None:
    parser = Parser()
    pieces = [STREAM[at : at + size] for at in range(0, len(STREAM), size)]
    events = [event for piece in pieces for event in parser.feed(piece)]
    assert events == list(Parser().feed(STREAM))


def test_a_new_connection_begins_with_the_last_whole_event() -> None:
    parser = Parser()
    assert len(list(parser.feed(STREAM[:-1]))) == 1
    parser.begin_connection()
    assert parser.last_event_id == "1"
    assert [event.data for event in parser.feed(STREAM)] == ["سؤال", "½"]


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
@pytest.mark.parametrize("mark", [b"", BOM_UTF8])
def test_lines_may_end_in_three_ways_behind_a_byte_order_mark(end: bytes, mark: bytes) -> None:
    stream = mark + STREAM.replace(b"\n", end)
    expected = list(Parser().feed(STREAM))
    for size in range(1, len(stream) + 1):
        parser = Parser()
        pieces = [stream[at : at + size] for at in range(0, len(stream), size)]
        assert [event for piece in pieces for event in parser.feed(piece)] == expected
        assert parser.retry_ms == 2405


def test_a_carriage_return_completes_an_event_before_anything_follows() -> None:
    parser = Parser()
    assert [event.data for event in parser.feed(b"data: 1\r\n\r")] == ["1"]
    assert list(parser.feed(b"")) == []
    assert [event.data for event in parser.feed(b"\ndata: 2\r\r")] == ["2"]
    assert [event.data for event in parser.feed(b"data: 3\n\n")] == ["3"]


def test_each_connection_may_begin_with_a_byte_order_mark_and_only_begin() -> None:
    parser = Parser()
    for data in ("1", "2"):
        events = parser.feed(BOM_UTF8 + f"data: {data}\n\n".encode())
        assert [event.data for event in events] == [data]
        parser.begin_connection()
    with pytest.raises(NotAnEventStream):
        list(parser.feed(b"data: 3\n\n" + BOM_UTF8 + b"data: 4\n\n"))


def test_an_unknown_field_is_an_error_that_browsers_would_hide() -> None:
    with pytest.raises(NotAnEventStream, match="unknown field: 'datum: 1'"):
        list(Parser().feed(b"datum: 1\n\n"))
