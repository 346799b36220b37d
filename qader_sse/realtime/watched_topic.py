"""A topic that a worker watches: its recent events, and what is woken when there are new ones."""

import logging
from typing import Protocol

from qader_sse.realtime.recent_events import RecentEvents

logger = logging.getLogger(__name__)


class Subscriber(Protocol):
    """What is woken when a topic has new events."""

    def wake(self) -> None:
        """Note that the topic may have new events. Never blocks."""


class WatchedTopic(RecentEvents):
    """The recent events of a topic, and its subscribers."""

    __slots__ = ("buffers", "subscribers")

    def __init__(self) -> None:
        super().__init__()
        # A list: most topics have two to four subscribers, and sets take three times the memory.
        self.subscribers: list[Subscriber] = []
        self.buffers = 0  # streams on this topic that are being opened

    def wake(self) -> None:
        for subscriber in self.subscribers:
            try:
                subscriber.wake()
            except Exception:
                logger.exception("a subscriber could not be woken; the others are")
