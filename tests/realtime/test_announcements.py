"""Announcements say when their events were committed, and workers of both versions read them."""

from dataclasses import replace

import orjson

from qader_sse.domain.events import Event
from qader_sse.realtime.bus.announcements import Announcement

EVENT = Event("challenge:7", 3, "participant.update", {"score": 1}, committed_at=1767225600.25)


def test_the_moment_of_the_commit_travels_along() -> None:
    (event,) = Announcement.decode(Announcement("a1b2", "challenge:7", (EVENT,)).encode()).events
    assert event == EVENT
    assert event.committed_at == EVENT.committed_at


def test_the_span_that_caused_them_travels_along() -> None:
    span = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    traced = replace(EVENT, trace=span)
    (event,) = Announcement.decode(Announcement("a1b2", "challenge:7", (traced,)).encode()).events
    assert (event.trace, event.committed_at) == (span, EVENT.committed_at)


def test_how_the_challenge_was_changed_travels_with_the_first_event() -> None:
    change = '[4,[["answers",null,{"selected_choice":"A"}]]]'
    later = replace(EVENT, seq=4)
    for trace in ("", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"):
        said = Announcement(
            "a1b2", EVENT.topic, (replace(EVENT, change=change, trace=trace), later)
        )
        read = Announcement.decode(said.encode())
        assert [event.change for event in read.events] == [change, ""]
        assert read.events[0].trace == trace
        _, committed_at, its_trace = said.encode().split(b"\n")[0].decode().split(" ")[:3]
        assert (float(committed_at), its_trace) == (EVENT.committed_at, trace)  # as others read it


def test_what_an_earlier_version_writes_is_read_and_its_moment_is_unknown() -> None:
    data = b"a1b2\nchallenge:7\n" + orjson.dumps([(3, "participant.update", {"score": 1})])
    (event,) = Announcement.decode(data).events
    assert (event, event.committed_at) == (EVENT, 0.0)


def test_an_earlier_version_reads_what_this_one_writes() -> None:
    data = Announcement("a1b2", "challenge:7", (EVENT,)).encode()
    origin, topic, content = data.split(b"\n", 2)  # as it did
    assert (topic, orjson.loads(content)) == (b"challenge:7", [[3, EVENT.type, EVENT.fact]])
    assert origin != b"a1b2"  # so it takes none of them for its own
