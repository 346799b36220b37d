"""Buses that misbehave in every way a bus may."""

import random
from collections.abc import Sequence

from qader_sse.domain.events import Event
from qader_sse.realtime.bus.interface import LocalBus, Lost, Receive


class DroppingBus(LocalBus):
    """Loses everything, and says so only when it is asked to."""

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
    def announce(self, events: Sequence[Event]) -> None:
        raise ConnectionError("the bus is away")


class UnrulyBus(LocalBus):
    """Repeats, delays, splits, reorders and loses announcements, by a seed."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self._chance = random.Random(seed)
        self._late: list[Event] = []

    def announce(self, events: Sequence[Event]) -> None:
        for event in events:
            self._late += [event] * self._chance.choice([0, 1, 1, 2])
        self._chance.shuffle(self._late)
        for _ in range(self._chance.randint(0, len(self._late))):
            super().announce([self._late.pop()])
