"""Timers for very many streams: each costs a place in a list, and setting one anew is cheap."""

from collections.abc import Iterator
from typing import Generic, Protocol, TypeVar

# How late a timer may be. heartbeats, timeouts and age are seconds.
TICK_SECONDS = 0.1


class Timed(Protocol):
    """Something with one timer; `slot` is the wheel's."""

    slot: int


Item = TypeVar("Item", bound=Timed)


class TimerWheel(Generic[Item]):
    """One timer per item: to set it again forgets the earlier one."""

    def __init__(self, now: float) -> None:
        self._slots: dict[int, list[Item]] = {}
        self._next = _slot(now)

    def set(self, item: Item, when: float) -> None:
        # What is due already comes with the next look.
        item.slot = max(self._next, _slot(when) + 1)
        self._slots.setdefault(item.slot, []).append(item)

    def due(self, now: float) -> Iterator[Item]:
        """Yield the items whose time has come; each may be set again at once."""
        last, self._next = _slot(now), max(self._next, _slot(now) + 1)
        # Those there are, not all since the last look: that may have been days ago.
        for slot in sorted(slot for slot in self._slots if slot <= last):
            for item in self._slots.pop(slot):
                if item.slot == slot:  # else it was set anew meanwhile
                    yield item


def _slot(moment: float) -> int:
    return int(moment / TICK_SECONDS)
