"""Whose item is taken next, and who is let in, without any clock."""

import gevent
import pytest

from qader_sse.use_cases.fair_queue import FairQueue
from qader_sse.use_cases.passwords import TooManyWaiting, Turns


def filled(*added: str) -> FairQueue[str]:
    """Return a queue of items that are named by their source and a number of their own."""
    queue: FairQueue[str] = FairQueue()
    for item in added:
        queue.add(item[0], item)
    return queue


def rest(queue: FairQueue[str]) -> list[str]:
    taken = []
    while (item := queue.take()) is not None:
        taken.append(item)
    return taken


@pytest.mark.parametrize(
    ("added", "taken"),
    [
        ("", ""),
        ("a1 a2 a3", "a1 a2 a3"),
        ("a1 a2 a3 b1", "a1 b1 a2 a3"),
        ("a1 a2 a3 b1 b2 c1", "a1 b1 c1 a2 b2 a3"),
    ],
)
def test_sources_take_turns(added: str, taken: str) -> None:
    assert rest(filled(*added.split())) == taken.split()


def test_who_comes_anew_goes_before_all_that_had_a_turn_already() -> None:
    queue = filled("a1", "a2", "b1", "b2")
    assert (queue.take(), queue.take()) == ("a1", "b1")
    queue.add("c", "c1")
    assert rest(queue) == ["c1", "a2", "b2"]


def test_who_asks_again_at_once_is_not_new() -> None:
    queue = filled("a1", "b1", "b2")
    assert queue.take() == "a1"
    queue.add("a", "a2")
    assert rest(queue) == ["b1", "a2", "b2"]


def test_what_was_removed_is_not_taken() -> None:
    queue = filled("a1", "a2", "b1")
    queue.remove("a", "a1")
    queue.remove("b", "b1")
    assert rest(queue) == ["a2"]


@pytest.mark.parametrize(
    ("added", "source", "ahead"),
    [("", "a", 0), ("a1 a2 a3", "b", 1), ("a1 a2 a3", "a", 3), ("a1 a2 b1 b2 b3 b4", "a", 5)],
)
def test_only_ones_own_backlog_makes_the_wait_long(added: str, source: str, ahead: int) -> None:
    assert filled(*added.split()).ahead_of_next(source) == ahead


def test_of_three_hundred_that_wait_the_one_from_elsewhere_is_let_in_next() -> None:
    turns, order, blocked = Turns(1, longest_wait_seconds=3600), [], gevent.event.Event()

    def enter(source: str) -> None:
        with turns.turn(source):
            order.append(source)
            blocked.wait()

    flood = [gevent.spawn(enter, "flood") for _ in range(300)]
    gevent.idle()
    honest = gevent.spawn(enter, "honest")
    gevent.idle()
    assert order == ["flood"]
    blocked.set()
    gevent.joinall([*flood, honest], raise_error=True)
    assert order.index("honest") in (1, 2)  # the flood's first one waited before it
    assert order.count("flood") == 300


def test_who_would_wait_for_too_long_is_refused_at_once_and_the_others_are_let_in() -> None:
    turns, left = Turns(1, longest_wait_seconds=2), gevent.event.Event()
    refused: list[int] = []

    def enter(source: str) -> None:
        try:
            with turns.turn(source):
                left.wait()
        except TooManyWaiting as error:
            refused.append(error.retry_after_seconds)

    flood = [gevent.spawn(enter, "flood") for _ in range(100)]
    gevent.idle()
    # One has its turn; a turn is taken to last for 0.1 s until one was measured, so twenty wait.
    assert refused == [3] * 79
    honest = gevent.spawn(enter, "honest")
    gevent.idle()
    assert len(refused) == 79
    left.set()
    gevent.joinall([*flood, honest], raise_error=True)


def test_who_comes_anew_may_wait_however_long_a_turn_lasts() -> None:
    turns = Turns(1, longest_wait_seconds=5)
    turns.note_duration(3600)
    with turns.turn("a"):
        waiting = gevent.spawn(enter_and_leave, turns, "b")
        gevent.idle()
        with pytest.raises(TooManyWaiting), turns.turn("b"):
            pass
    waiting.get(timeout=5)


def enter_and_leave(turns: Turns, source: str) -> None:
    with turns.turn(source):
        pass


def test_who_waits_although_it_was_not_expected_is_refused_in_the_end() -> None:
    """Others may come from elsewhere, as long as they like, and are let in before."""
    turns = Turns(1, longest_wait_seconds=0.2)
    with turns.turn("a"), pytest.raises(TooManyWaiting), turns.turn("b"):
        pass
    with turns.turn("b"):  # nothing is left over of the one that gave up
        pass
