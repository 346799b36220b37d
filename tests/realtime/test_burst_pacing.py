"""Deployed clients keep only the latest message: there is a pause between bursts, and not within one."""

import pytest

from qader_sse.realtime.protocol.burst_pacing import BURST_PAUSE, CHALLENGE_PAUSE, BurstPacer
from qader_sse.realtime.protocol.frames import Frame

RESULT, UPDATE = "answer.result", "participant.update"


def pause_between(first: str, second: str, seconds_later: float = 0.0) -> float:
    """Return how many seconds the second frame has to wait, so long after the first was sent."""
    pacer = BurstPacer()
    assert pacer.pause(Frame(1, first, b"{}"), 100.0) == 0
    pacer.sent(Frame(1, first, b"{}"), 100.0)
    return pacer.pause(Frame(2, second, b"{}"), 100.0 + seconds_later)


@pytest.mark.claim("M14")
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
def test_the_next_burst_waits_until_the_client_has_shown_the_last_one(
    types: tuple[str, str], pause: float
) -> None:
    assert pause_between(*types) == pytest.approx(pause)
    assert pause_between(*types, seconds_later=pause / 2) == pytest.approx(pause / 2)
    assert pause_between(*types, seconds_later=pause) == 0


@pytest.mark.claim("M14")
@pytest.mark.parametrize(
    "types", [(RESULT, UPDATE), (UPDATE, "challenge.start"), (UPDATE, "challenge.end")]
)
def test_within_a_burst_no_frame_waits(types: tuple[str, str]) -> None:
    assert pause_between(*types) == 0
