"""Viewers who come back to a real server, and the check of what they got."""

from dataclasses import replace

import pytest

from bench import resume, seeded_duels
from bench.delivery_check import Counts, Entry, Key
from bench.players import Account
from bench.reconnect_storm import Arrived
from bench.seeded_duels import EVENTS, Behind

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\nid: 4\n\n"
MISSED = tuple(Entry(seq, Key("participant.update", 1, score=seq)) for seq in range(5, 8))
DUEL = Behind(1, (Account(1, "sara", ""), Account(2, "fahad", "")), 7, MISSED)


def arrived(*numbers: int) -> Arrived:
    text = b'id: %d\ndata: {"type":"participant.update","payload":{"user":{"id":1},"score":%d}}\n\n'
    return Arrived(whole_at=1.0, content=HEAD + b"".join(text % (seq, seq) for seq in numbers))


@pytest.mark.parametrize(
    ("numbers", "found"),
    [
        ((5, 6, 7), Counts(3)),
        ((5, 7), Counts(3, lost=1)),
        ((5, 6, 6, 7), Counts(3, doubled=1)),
        ((4, 5, 6, 7), Counts(3, doubled=1)),
        ((5, 7, 6), Counts(3, disordered=1)),
        ((), Counts(3, lost=3)),
    ],
)
def test_what_a_viewer_got_is_compared_with_what_it_missed(
    numbers: tuple[int, ...], found: Counts
) -> None:
    assert resume.check(DUEL, arrived(*numbers)) == found


def test_of_a_viewer_who_still_waits_only_what_came_is_compared() -> None:
    assert resume.check(DUEL, replace(arrived(5, 6), whole_at=None)) == Counts(2)
    assert resume.check(DUEL, replace(arrived(5, 7), whole_at=None)).lost == 1
    refused = Arrived(content=b"HTTP/1.1 503 X\r\nContent-Length: 0\r\n\r\n")
    assert resume.check(DUEL, refused) == Counts()


@pytest.mark.timeout(60)
@pytest.mark.programs
def test_all_who_come_back_get_exactly_what_they_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, seconds in (("_START", 2.0), ("_WARM_UP", 0.2), ("_QUIET", 0.5)):
        monkeypatch.setattr(resume, f"{name}_SECONDS", seconds)
    row = resume.storms("sqlite", 1, viewers=20, rounds=1, patience_seconds=2)
    (storm,) = row.rounds
    assert storm.messages == Counts(expected=20 * EVENTS)
    assert storm.whole_within(2) == 20
    assert storm.live.failed.total() == 0
    assert seeded_duels.EVENTS == 2 * seeded_duels.ANSWERS
