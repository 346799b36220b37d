"""The check of a viewer's log: fed one message too few, too many or in a wrong place, it says so."""

import pytest

from bench.delivery_check import Counts, Done, Entry, Given, Key, count

SARA, FAHAD = 1, 2
DONE = {
    SARA: Done(is_ready=True, answers=[Given(7, is_correct=True), Given(8, is_correct=False)]),
    FAHAD: Done(is_ready=True, answers=[Given(7, is_correct=False)]),
}


def update(user_id: int, score: int = 0) -> Key:
    return Key("participant.update", user_id, score=score)


def result(user_id: int, question_id: int, score: int = 0) -> Key:
    return Key("answer.result", user_id, question_id, score)


KEYS = [
    Key("challenge.update", 0),  # the snapshot
    update(SARA),
    update(FAHAD),
    Key("challenge.start", 0),
    result(SARA, 7, 1),
    update(SARA, 1),
    result(FAHAD, 7),
    update(FAHAD),
    result(SARA, 8, 1),
    update(SARA, 1),
    Key("challenge.end", 0),
]
LOG = [Entry(seq, key) for seq, key in enumerate(KEYS, 3)]
UNNUMBERED = [Entry(None, key) for key in KEYS]

each_transport = pytest.mark.parametrize("log", [LOG, UNNUMBERED], ids=["sse", "websocket"])


@each_transport
def test_a_whole_log_is_whole(log: list[Entry]) -> None:
    assert count(log, DONE) == Counts(expected=10)


@each_transport
@pytest.mark.parametrize("place", range(1, 11))
def test_a_lost_message_is_counted(log: list[Entry], place: int) -> None:
    found = count(log[:place] + log[place + 1 :], DONE)
    assert (found.lost, found.doubled, found.disordered) == (1, 0, 0)


@each_transport
@pytest.mark.parametrize("place", range(1, 11))
def test_a_doubled_message_is_counted(log: list[Entry], place: int) -> None:
    found = count(log[: place + 1] + log[place:], DONE)
    assert (found.lost, found.doubled) == (0, 1)


@each_transport
@pytest.mark.parametrize("place", range(2, 10))
def test_a_message_that_came_early_is_counted(log: list[Entry], place: int) -> None:
    early = [*log[:place], log[place + 1], log[place], *log[place + 2 :]]
    found = count(early, DONE)
    assert (found.lost, found.doubled) == (0, 0)
    assert found.disordered


def test_a_duel_that_was_given_up_owes_nothing_that_was_not_done() -> None:
    done = {SARA: Done(is_ready=True), FAHAD: Done()}
    assert count(LOG[:2], done, is_over=False) == Counts(expected=1)
    assert count(LOG[:1], done, is_over=False).lost == 1
