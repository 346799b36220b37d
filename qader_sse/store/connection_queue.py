"""SQLAlchemy's pool on a queue in C: the standard library's, or gevent's once it has patched that.

SQLAlchemy's own queue is made of conditions and locks in Python. Of the 18 µs that a worker needed to
take a connection and to give it back, 12 were for these. Two private parts of SQLAlchemy are used:

| used here | for | what breaks when it changes |
|---|---|---|
| `QueuePool._queue_class`, overridden | having the pool make this queue | with another name, the pool makes its own again: `make bench-quick` exceeds its bounds |
| `sqlalchemy.util.queue`: `QueueCommon`, `Empty`, `Full` | what the pool asks of its queue | the service does not start |
"""

import queue

from sqlalchemy.pool import ConnectionPoolEntry, QueuePool
from sqlalchemy.util.queue import Empty, Full, QueueCommon


class ConnectionQueue(QueueCommon[ConnectionPoolEntry]):
    """The connections that nobody uses: always first in, first out."""

    def __init__(self, maxsize: int = 0, use_lifo: bool = False) -> None:
        self.maxsize, self.use_lifo = maxsize, use_lifo
        self._idle: queue.SimpleQueue[ConnectionPoolEntry] = queue.SimpleQueue()

    def qsize(self) -> int:
        return self._idle.qsize()

    def put(
        self, item: ConnectionPoolEntry, block: bool = True, timeout: float | None = None
    ) -> None:
        """Never waits: the pool closes a connection for which there is no place."""
        if self._idle.qsize() >= self.maxsize:
            raise Full
        self._idle.put(item)

    def get(self, block: bool = True, timeout: float | None = None) -> ConnectionPoolEntry:
        try:
            return self._idle.get(block, timeout)
        except queue.Empty:
            raise Empty from None


class LightPool(QueuePool):
    """The pool of the service's engines."""

    _queue_class = ConnectionQueue
