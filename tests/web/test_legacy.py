"""What the shim does for its library, which writes half frames, and for its clients.

Those keep only the latest message: bursts that meet are kept apart, and no more.
"""

import time
from itertools import pairwise

import gevent
import pytest
from gevent import socket

from qader_sse.realtime.frames import Frame
from qader_sse.web.legacy import BURST_PAUSE, CHALLENGE_PAUSE, Pace, WholeWrites

RESULT, UPDATE = "answer.result", "participant.update"


class Recorder:
    """Takes what is sent, and when."""

    def __init__(self) -> None:
        self.sent_at: list[float] = []

    def send(self, text: str) -> None:
        self.sent_at.append(time.monotonic())


def gaps(*types: str) -> list[float]:
    """Send frames of these types as fast as they may go; return the seconds between them."""
    recorder = Recorder()
    pace = Pace(recorder)
    for seq, message_type in enumerate(types, 1):
        pace.send(Frame(seq, message_type, "{}"))
    times = recorder.sent_at
    return [later - earlier for earlier, later in pairwise(times)]


@pytest.mark.parametrize(
    ("types", "pause"),
    [
        ((UPDATE, RESULT), BURST_PAUSE),
        ((UPDATE, UPDATE), BURST_PAUSE),
        (("challenge.update", RESULT), CHALLENGE_PAUSE),
        (("challenge.start", RESULT), CHALLENGE_PAUSE),
        (("challenge.update", "challenge.update"), CHALLENGE_PAUSE),
    ],
)
def test_the_next_burst_waits_until_the_last_one_was_seen(
    types: tuple[str, str], pause: float
) -> None:
    assert gaps(*types)[0] >= pause


@pytest.mark.parametrize(
    "types", [(RESULT, UPDATE), (UPDATE, "challenge.start"), (UPDATE, "challenge.end")]
)
def test_a_burst_goes_out_in_one_piece(types: tuple[str, str]) -> None:
    """Many times over: one pause would show in the fastest of them."""
    assert min(gaps(*types)[0] for _ in range(20)) < BURST_PAUSE / 2


def test_frames_reach_a_slow_reader_whole_and_one_after_the_other() -> None:
    """A plain `send` takes what fits into the buffer and drops the rest."""
    server, client = socket.socketpair()
    server.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    writes = WholeWrites(server)
    frames = [bytes([letter]) * 50_000 for letter in b"abcd"]
    senders = [gevent.spawn(writes.send, frame) for frame in frames]
    received = b""
    with gevent.Timeout(10):
        while len(received) < 200_000:
            received += client.recv(700)
    gevent.joinall(senders, raise_error=True)
    assert received == b"".join(frames)
    for end in (server, client):
        end.close()
