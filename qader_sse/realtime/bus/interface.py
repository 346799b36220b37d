"""Carries announcements of committed events to the hub of every worker.

A bus may lose, repeat, delay and reorder them: they only make workers know sooner what they would
find when they catch up. The event log is the truth.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Protocol

from qader_sse.domain.events import Event
from qader_sse.realtime.bus.announcements import by_topic

Receive = Callable[[Sequence[Event]], None]
Lost = Callable[[], None]


class Bus(Protocol):
    """What every bus can do; `tests/patched/test_bus.py` is its contract."""

    counters: Counter[str]  # what has happened to it so far

    @property
    def is_up(self) -> bool:
        """Whether announcements reach all workers at present, as far as is known."""

    @property
    def hears_other_processes(self) -> bool:
        """Whether announcements of other processes arrive here at present, as far as is known."""

    def start(self) -> None:
        """Begin to carry announcements between processes; called once, in a serving worker."""

    def announce(self, events: Sequence[Event]) -> None:
        """Pass the events of one transaction to all subscribers, those of this process included.

        To be called after the commit. In a serving worker it does not wait for the network. It may
        raise; the caller counts that and goes on.
        """

    def subscribe(self, receive: Receive, lost: Lost) -> None:
        """Call `receive` with the events of every announcement from now on, those of one topic.

        `lost` is called when announcements may have been lost, so that the subscriber catches up
        with the log. Neither may block.
        """


class LocalBus:
    """The bus of a single worker: always up, loses nothing, and hears of no other process."""

    def __init__(self) -> None:
        self.counters: Counter[str] = Counter()
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
        for of_one_topic in by_topic(events):
            for receive in self._receivers:
                receive(of_one_topic)

    def subscribe(self, receive: Receive, lost: Lost) -> None:
        self._receivers.append(receive)
