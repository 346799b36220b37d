"""Carries announcements of committed events to every worker's hub.

The bus may lose, repeat, delay and reorder: it only says that there is something
new, sooner than looking would. The log is the truth.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

from qader_sse.domain.events import Event

Receive = Callable[[Sequence[Event]], None]


class Bus(Protocol):
    """What every bus can do; `tests/realtime/test_bus.py` is its contract."""

    def announce(self, events: Sequence[Event]) -> None:
        """Tell every subscriber of these events of one transaction, the announcing worker's too.

        Called after commit, outside any transaction. May raise: the caller counts
        it and goes on.
        """

    def subscribe(self, receive: Receive) -> None:
        """Call `receive` with the events of every announcement from now on.

        `receive` must return without blocking.
        """


class LocalBus:
    """The bus of a single process."""

    def __init__(self) -> None:
        self._receivers: list[Receive] = []

    def announce(self, events: Sequence[Event]) -> None:
        for receive in self._receivers:
            receive(events)

    def subscribe(self, receive: Receive) -> None:
        self._receivers.append(receive)
