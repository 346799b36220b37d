"""The Python client's parser returns every complete event, wherever the connection was cut."""

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


def test_an_unknown_field_is_an_error_that_browsers_would_hide() -> None:
    with pytest.raises(NotAnEventStream, match="unknown field: 'datum: 1'"):
        list(Parser().feed(b"datum: 1\n\n"))
