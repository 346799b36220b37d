"""The Python client's parser returns every complete event, wherever the connection was cut."""

from io import BytesIO

from qader_client.sse import Parser

STREAM = "retry: 2405\n\nid: 1\ndata: سؤال\n\nid: 2\nevent: challenges/1\ndata: ½\n\n".encode()
ENDS = [STREAM.index(b"id: 2"), len(STREAM)]


def test_a_connection_cut_anywhere_loses_only_the_event_it_cut() -> None:
    for length in range(len(STREAM) + 1):
        parser = Parser()
        events = list(parser.events(BytesIO(STREAM[:length])))
        assert len(events) == sum(length >= end for end in ENDS)
        assert [event.data for event in events] == ["سؤال", "½"][: len(events)]
        assert parser.last_event_id == ["", "1", "2"][len(events)]
