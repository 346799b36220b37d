"""The recorder cuts inside of messages, and nowhere else."""

import random

from interop.recorder import Recorder

FRAME = b'id: 7\ndata: {"type":"participant.update","payload":{}}\n\n'


def recorder(cuts_left: int = 1) -> Recorder:
    made = Recorder(0, random.Random(1))
    made.cuts_left = cuts_left
    return made


def test_a_cut_is_inside_of_the_message() -> None:
    places = {recorder().place_to_cut(FRAME, 0) for _ in range(100)}
    start, end = FRAME.index(b"{"), len(FRAME) - 2
    assert all(place is not None and start < place < end for place in places)


def test_messages_before_the_cut_pass_whole() -> None:
    place = recorder().place_to_cut(FRAME + FRAME, 1)
    assert place is not None
    assert place > len(FRAME)


def test_control_messages_and_heartbeats_are_not_cut() -> None:
    data = b'event: stream\ndata: {"state":"open"}\n\n: heartbeat\n\n'
    assert recorder().place_to_cut(data, 0) is None


def test_nothing_is_cut_when_no_cut_is_left() -> None:
    assert recorder(cuts_left=0).place_to_cut(FRAME, 0) is None
