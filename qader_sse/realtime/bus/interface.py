"""Carries announcements of committed events to every worker's hub.

The bus may lose, repeat, delay and reorder: it only says that there is something
new, sooner than looking would. The log is the truth.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

from qader_sse.domain.events import Event

Receive = Callable[[Sequence[Event]], None]
Lost = Callable[[], None]


class Bus(Protocol):
    """What every bus can do; `tests/realtime/test_bus.py` is its contract."""

    @property
    def is_up(self) -> bool:
        """Whether announcements reach the other workers at present, as far as is known."""

    @property
    def hears_other_processes(self) -> bool:
        """Whether announcements of other processes arrive here at present, as far as is known."""

    def start(self) -> None:
        """Begin to carry announcements between processes; called once, in a serving worker."""

    def announce(self, events: Sequence[Event]) -> None:
        """Tell every subscriber of these events of one transaction, the announcing worker's too.

        Called after commit, outside any transaction. Does not wait for the network. May
        raise: the caller counts it and goes on.
        """

    def subscribe(self, receive: Receive, lost: Lost) -> None:
        """Call `receive` with the events of every announcement from now on.

        `missed` is called when announcements may have been lost, here or on their way to
        others: look at the log. Neither may block.
        """


class LocalBus:
    """The bus of a single process: always up, loses nothing."""

    def __init__(self) -> None:
        self._receivers: list[Receive] = []

    @property
    def is_up(self) -> bool:
        return True

    @property
    def hears_other_processes(self) -> bool:
        return False

    def start(self) -> None:
        pass

    def announce(self, events: Sequence[Event]) -> None:
        for receive in self._receivers:
            receive(events)

    def subscribe(self, receive: Receive, lost: Lost) -> None:
        self._receivers.append(receive)
