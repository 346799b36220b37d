"""Buses that lose, repeat, delay and reorder announcements, all of which a bus may do."""

import random
from collections.abc import Sequence

from qader_sse.domain.events import Event
from qader_sse.realtime.bus.interface import LocalBus, Lost, Receive


class SilenceableBus(LocalBus):
    """Drops every announcement while `is_silent`, without reporting a loss."""

    def __init__(self) -> None:
        super().__init__()
        self.is_silent = False

    def announce(self, events: Sequence[Event]) -> None:
        if not self.is_silent:
            super().announce(events)


class DroppingBus(LocalBus):
    """Loses every announcement, and reports a loss only when a test calls `report_loss`."""

    def __init__(self) -> None:
        super().__init__()
        self._lost: list[Lost] = []

    def subscribe(self, receive: Receive, lost: Lost) -> None:
        super().subscribe(receive, lost)
        self._lost.append(lost)

    def announce(self, events: Sequence[Event]) -> None:
        pass

    def report_loss(self) -> None:
        for lost in self._lost:
            lost()


class FailingBus(LocalBus):
    """Raises an error for every announcement."""

    def announce(self, events: Sequence[Event]) -> None:
        raise ConnectionError("the bus is down")


class UnrulyBus(LocalBus):
    """Repeats, delays, splits, reorders and loses announcements, at random but by a seed."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self._chance = random.Random(seed)
        self._delayed: list[Event] = []

    def announce(self, events: Sequence[Event]) -> None:
        for event in events:
            self._delayed += [event] * self._chance.choice([0, 1, 1, 2])
        self._chance.shuffle(self._delayed)
        for _ in range(self._chance.randint(0, len(self._delayed))):
            super().announce([self._delayed.pop()])
