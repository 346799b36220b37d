"""A topic that a worker watches: its recent events, and what is woken when there are new ones."""

import logging
from typing import Protocol

from qader_sse.realtime import delivery
from qader_sse.realtime.recent_events import RecentEvents

logger = logging.getLogger(__name__)


class Follower(delivery.Follower, Protocol):
    """What is woken as well: a connection, or what follows the ended sessions for this worker."""

    def wake(self) -> None:
        """Note that the topic may have new events. Never blocks."""


class WatchedTopic(RecentEvents):
    """The recent events of a topic, and its followers."""

    __slots__ = ("buffers", "followers")

    def __init__(self) -> None:
        super().__init__()
        # A list: most topics have two to four followers, and sets take three times the memory.
        self.followers: list[Follower] = []
        self.buffers = 0  # streams on this topic that are being opened

    def wake(self) -> None:
        """Wake all followers: what they lack may be in the log only."""
        for follower in self.followers:
            try:
                follower.wake()
            except Exception:
                logger.exception("a follower could not be woken; the others are")
