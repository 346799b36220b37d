"""Viewers who reconnect to a real server, and the check of what they received."""

from dataclasses import replace

import pytest

from bench import resume
from bench.accounts import Account
from bench.delivery_check import Counts, Entry, Key
from bench.reconnect_storm import Received
from bench.seeded_duels import ANSWERS, EVENTS, SeededDuel

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\nid: 4\n"
MISSED = tuple(Entry(seq, Key("participant.update", 1, score=seq)) for seq in range(5, 8))
DUEL = SeededDuel(1, (Account(1, "sara", ""), Account(2, "fahad", "")), 7, MISSED)


def received(*numbers: int) -> Received:
    payload = b'{"user":{"id":1},"score":%d,"is_online":true,"is_ready":true}'
    text = b'data: {"type":"participant.update","payload":' + payload + b"}\nid: %d\n\n"
    return Received(complete_at=1.0, content=HEAD + b"".join(text % (seq, seq) for seq in numbers))


@pytest.mark.parametrize(
    ("numbers", "found"),
    [
        ((5, 6, 7), Counts(3)),
        ((5, 7), Counts(3, lost=1)),
        ((5, 6, 6, 7), Counts(3, doubled=1)),
        ((4, 5, 6, 7), Counts(3, doubled=1)),
        ((5, 7, 6), Counts(3, disordered=1)),
        ((5, 6, 7, 8), Counts(3)),
        ((), Counts(3, lost=3)),
    ],
)
def test_what_a_viewer_received_is_compared_with_what_it_missed(
    numbers: tuple[int, ...], found: Counts
) -> None:
    assert resume.check(DUEL, received(*numbers)) == found


def test_of_an_incomplete_viewer_only_the_received_messages_are_compared() -> None:
    assert resume.check(DUEL, replace(received(5, 6), complete_at=None)) == Counts(2)
    assert resume.check(DUEL, replace(received(5, 7), complete_at=None)).lost == 1
    refused = Received(content=b"HTTP/1.1 503 X\r\nContent-Length: 0\r\n\r\n")
    assert resume.check(DUEL, refused) == Counts()


@pytest.mark.timeout(60)
@pytest.mark.programs
def test_viewers_who_reconnect_receive_exactly_what_they_missed() -> None:
    timing = resume.Timing(start=2.0, warm_up=0.2, quiet=0.5, timeout=2.0)
    row = resume.storms("sqlite", 1, viewers=20, rounds=1, timing=timing)
    (storm,) = row.rounds
    assert storm.messages == Counts(expected=20 * EVENTS)
    assert storm.complete_within(2) == 20
    assert storm.live.failed.total() == 0
    assert EVENTS == 2 * ANSWERS
