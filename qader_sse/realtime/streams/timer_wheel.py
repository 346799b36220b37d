"""Timers for thousands of streams: each is an entry of a list, and setting it again is cheap."""

from collections.abc import Iterator
from typing import Generic, Protocol, TypeVar

# A timer ends up to two ticks late, which does not matter for heartbeats, timeouts and ages.
TICK_SECONDS = 0.1


class Timed(Protocol):
    """Something with one timer; only the wheel uses its `slot`."""

    slot: int


Item = TypeVar("Item", bound=Timed)


class TimerWheel(Generic[Item]):
    """One timer per item, in slots of a tick: setting it again replaces the earlier one."""

    def __init__(self, now: float) -> None:
        self._slots: dict[int, list[Item]] = {}
        self._next = self._latest = _slot(now)

    def set(self, item: Item, when: float) -> None:
        # A slot that was processed already is never processed again, so an overdue item goes into
        # the next slot. The item's entry for an earlier timer stays in its slot, and is skipped.
        slot = max(self._next, _slot(when) + 1)
        if slot != self._latest:
            self._latest = slot
        # Most are set like the one before, and share one number in memory.
        item.slot = self._latest
        self._slots.setdefault(item.slot, []).append(item)

    def due(self, now: float) -> Iterator[Item]:
        """Yield the items whose timers have ended; each may be set again at once."""
        last, self._next = _slot(now), max(self._next, _slot(now) + 1)
        # Only the slots that exist: after a suspension of days, most of those in between do not.
        for slot in sorted(slot for slot in self._slots if slot <= last):
            for item in self._slots.pop(slot):
                if item.slot == slot:
                    yield item


def _slot(moment: float) -> int:
    return int(moment / TICK_SECONDS)
