"""Legacy clients keep only the latest message: bursts that meet are kept apart, and no more."""

import pytest

from qader_sse.realtime.protocol.burst_pacing import BURST_PAUSE, CHALLENGE_PAUSE, BurstPacer
from qader_sse.realtime.protocol.frames import Frame

RESULT, UPDATE = "answer.result", "participant.update"


def pause_between(first: str, second: str, seconds_later: float = 0.0) -> float:
    """Send one frame; return how long the next has to wait, some time later."""
    pacer = BurstPacer()
    assert pacer.pause(Frame(1, first, b"{}"), 100.0) == 0
    pacer.sent(Frame(1, first, b"{}"), 100.0)
    return pacer.pause(Frame(2, second, b"{}"), 100.0 + seconds_later)


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
    assert pause_between(*types) == pytest.approx(pause)
    assert pause_between(*types, seconds_later=pause / 2) == pytest.approx(pause / 2)
    assert pause_between(*types, seconds_later=pause) == 0


@pytest.mark.parametrize(
    "types", [(RESULT, UPDATE), (UPDATE, "challenge.start"), (UPDATE, "challenge.end")]
)
def test_a_burst_goes_out_in_one_piece(types: tuple[str, str]) -> None:
    assert pause_between(*types) == 0
