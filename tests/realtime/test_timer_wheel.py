"""The timer wheel has one timer per item: never early, and at most two ticks late."""

from dataclasses import dataclass

from qader_sse.realtime.streams.timer_wheel import TICK_SECONDS, TimerWheel


@dataclass(eq=False)
class Item:
    slot: int = 0


def test_a_timer_ends_once_and_never_early() -> None:
    wheel: TimerWheel[Item] = TimerWheel(100.0)
    item = Item()
    wheel.set(item, 101.0)
    assert list(wheel.due(100.99)) == []
    assert list(wheel.due(101.0 + 2 * TICK_SECONDS)) == [item]
    assert list(wheel.due(500.0)) == []


def test_setting_a_timer_again_replaces_the_earlier_one() -> None:
    wheel: TimerWheel[Item] = TimerWheel(100.0)
    item = Item()
    for when in (101.0, 109.0, 103.0):
        wheel.set(item, when)
    assert list(wheel.due(102.0)) == []
    assert list(wheel.due(104.0)) == [item]
    assert list(wheel.due(200.0)) == []


def test_a_timer_set_in_the_past_ends_with_the_next_tick() -> None:
    wheel: TimerWheel[Item] = TimerWheel(100.0)
    item = Item()
    wheel.set(item, 7.0)
    assert list(wheel.due(100.0 + 2 * TICK_SECONDS)) == [item]


def test_a_timer_may_be_set_again_while_it_ends() -> None:
    wheel: TimerWheel[Item] = TimerWheel(100.0)
    item = Item()
    wheel.set(item, 101.0)
    seen = []
    for found in wheel.due(102.0):
        seen.append(found)
        wheel.set(found, 103.0)
    assert seen == [item]
    assert list(wheel.due(104.0)) == [item]
