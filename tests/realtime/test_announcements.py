"""Announcements say when their events were committed, and workers of both versions read them.

What other workers announce, viewers get as if it had been written here.
"""

from dataclasses import replace

import orjson
import pytest

from qader_sse.domain.challenge import Attempt, Challenge, Player
from qader_sse.domain.events import Event, challenge_topic
from qader_sse.domain.facts import attempt_fact
from qader_sse.domain.presenters import Viewer
from qader_sse.realtime.bus.announcements import Announcement, decode
from qader_sse.realtime.protocol.rendered_event import RenderedEvent
from qader_sse.service import Service
from qader_sse.store import event_pages
from tests.support.duel import play_to_the_end

EVENT = Event("challenge:7", 3, "participant.update", {"score": 1}, committed_at=1767225600.25)


def test_the_moment_of_the_commit_travels_along() -> None:
    (event,) = decode(Announcement("a1b2", "challenge:7", (EVENT,)).encode())
    assert event == EVENT
    assert event.committed_at == EVENT.committed_at


def test_the_span_that_caused_them_travels_along() -> None:
    span = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    traced = replace(EVENT, trace=span)
    (event,) = decode(Announcement("a1b2", "challenge:7", (traced,)).encode())
    assert (event.trace, event.committed_at) == (span, EVENT.committed_at)


def test_how_the_challenge_was_changed_travels_with_the_first_event() -> None:
    change = '[4,[["answers",null,{"selected_choice":"A"}]]]'
    later = replace(EVENT, seq=4)
    for trace in ("", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"):
        said = Announcement(
            "a1b2", EVENT.topic, (replace(EVENT, change=change, trace=trace), later)
        )
        read = decode(said.encode())
        assert [event.change for event in read] == [change, ""]
        assert read[0].trace == trace
        _, committed_at, its_trace = said.encode().split(b"\n")[0].decode().split(" ")[:3]
        assert (float(committed_at), its_trace) == (EVENT.committed_at, trace)  # as others read it


def test_what_an_earlier_version_writes_is_read_and_its_moment_is_unknown() -> None:
    data = b"a1b2\nchallenge:7\n" + orjson.dumps([(3, "participant.update", {"score": 1})])
    (event,) = decode(data)
    assert (event, event.committed_at) == (EVENT, 0.0)


def test_what_an_earlier_version_did_not_say_is_completed() -> None:
    fact = dict(attempt_fact(Attempt(3, Player(1, "noura", "Noura")), is_playing=True))
    earlier = {key: value for key, value in fact.items() if key != "is_online"}
    data = b"a1b2\nchallenge:7\n" + orjson.dumps([(3, "participant.update", earlier)])
    (event,) = decode(data)
    said = orjson.loads(RenderedEvent(event).seen_by(Viewer(1, "en")).data)
    assert said["payload"] == {**fact, "is_online": False}


def test_an_earlier_version_reads_what_this_one_writes() -> None:
    result = Event("challenge:7", 4, "answer.result", {"name": "سارة\n[1,\n"})
    data = Announcement("a1b2", "challenge:7", (EVENT, result)).encode()
    origin, topic, content = data.split(b"\n", 2)  # as it did
    assert topic == b"challenge:7"
    assert orjson.loads(content) == [[3, EVENT.type, EVENT.fact], [4, result.type, result.fact]]
    assert origin != b"a1b2"  # so it takes none of them for its own


@pytest.mark.parametrize("together", [1, 2, 50])
def test_viewers_get_the_same_bytes_wherever_an_event_was_written(
    service: Service, duel: Challenge, viewer: Viewer, people: dict[str, int], together: int
) -> None:
    play_to_the_end(service, duel)
    topic = challenge_topic(duel.id)
    with service.database.autocommit() as connection:
        read = event_pages.read(connection, topic, 0, 100)
    events = [replace(event, fact=dict(event.fact)) for event in read]
    for start in range(0, len(events), together):
        here = events[start : start + together]
        there = decode(Announcement("a1b2", topic, tuple(here)).encode())
        assert list(there) == here
        for who in (viewer, Viewer(people["khalid"], "ar")):
            written = [RenderedEvent(event).seen_by(who) for event in here]
            assert [RenderedEvent(event).seen_by(who) for event in there] == written


def test_what_all_see_alike_is_passed_on_without_being_read() -> None:
    data = Announcement("a1b2", "challenge:7", (EVENT,)).encode()
    odd = data.replace(b'"score":1', b'"score": 1e0')  # as orjson would not write it
    (event,) = decode(odd)
    frame = RenderedEvent(event).seen_by(Viewer(1, "en"))
    assert frame.data == b'{"type":"participant.update","payload":{"score": 1e0}}'
    assert event == EVENT  # whoever asks is told


@pytest.mark.parametrize("content", [b"", b"5", b"[7]", b"[\n[3]\n]", b"[\n\n]", b"[\n[1,2\n]"])
def test_what_is_no_announcement_is_a_value_error(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        decode(b"a1b2\nchallenge:7\n" + content)
