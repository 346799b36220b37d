"""A queue that takes from its sources in turn, so that nobody waits for another one's backlog."""

from collections import deque
from typing import Generic, TypeVar

Item = TypeVar("Item")


class FairQueue(Generic[Item]):
    """Items of many sources. Within a source, the first come is the first taken.

    As in RFC 8290 (fq_codel), sources that come anew go before those of which something was taken
    already; and a source counts as new again only after its turn has come with nothing waiting.
    So whoever asks once does not wait for those who keep asking, however many these are.
    """

    def __init__(self) -> None:
        self._waiting: dict[str, deque[Item]] = {}
        self._new: deque[str] = deque()
        self._served: deque[str] = deque()

    def add(self, source: str, item: Item) -> None:
        if source not in self._waiting:
            self._waiting[source] = deque()
            self._new.append(source)
        self._waiting[source].append(item)

    def waits(self, source: str) -> bool:
        return bool(self._waiting.get(source))

    def ahead_of_next(self, source: str) -> int:
        """Return about how many items would be taken before one that were added now."""
        if source not in self._waiting:
            return len(self._new)
        own = len(self._waiting[source])
        others = (len(items) for name, items in self._waiting.items() if name != source)
        return own + sum(min(count, own + 1) for count in others)

    def take(self) -> Item | None:
        """Remove and return the next item, or None if nothing waits."""
        while sources := self._new or self._served:
            source = sources.popleft()
            items = self._waiting[source]
            if items:
                self._served.append(source)
                return items.popleft()
            del self._waiting[source]
        return None

    def remove(self, source: str, item: Item) -> None:
        """Remove an item that was not taken."""
        self._waiting[source].remove(item)
        # Sources without items are forgotten in turn; here those whose turn comes next, because
        # no turn may come for the others while new sources arrive without end.
        while self._served and not self._waiting[self._served[0]]:
            del self._waiting[self._served.popleft()]
