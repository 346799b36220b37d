"""Waits for PostgreSQL in gevent's event loop, with watchers that are kept as long as a connection.

psycopg's own way under gevent makes a `poll`, its watchers, and a timer for each wait, which takes
about as long as all else of a small statement.

| used here | for | what breaks when it changes |
|---|---|---|
| the generators that `Connection.wait` gets | running them: they yield 1, 2 or 3 to read, write or either, and want it back when that is possible | each query raises an error, or never ends: `tests/patched/test_postgres_faults.py` fails |
| `loop.io(fd, events)`, with the same numbers, and `priority` | the watchers | each query raises an error: the same tests fail |
| `loop.timer(seconds, seconds).again` | the limit, whole for each wait: `start` would go on with what the last one left of it | waits end too early or never: `tests/store/test_driver_wait.py` fails |
"""

from typing import Any

import psycopg
from gevent.hub import Waiter, get_hub
from gevent.monkey import is_module_patched
from psycopg.abc import RV, PQGen

# As psycopg finds it, when it is imported. Else it waits in C, and other threads run meanwhile.
IS_COOPERATIVE = is_module_patched("select")


class DriverWait:
    """Waits for one socket, of one greenlet at a time, and not longer than so many seconds."""

    def __init__(self, descriptor: int, seconds: float) -> None:
        self._descriptor, self._seconds = descriptor, seconds
        self._hub = get_hub()
        self._watchers: dict[int, Any] = {}
        self._timer = self._hub.loop.timer(seconds, seconds)

    def is_for(self, descriptor: int) -> bool:
        """Return whether it waits for this socket, and in the event loop of this thread."""
        return self._descriptor == descriptor and self._hub is get_hub()

    def run(self, steps: PQGen[RV]) -> RV:
        """Run steps of psycopg, which yield when they have to wait. Raises OperationalError."""
        waiter: Waiter[bool] = Waiter(self._hub)
        try:
            wanted = next(steps)
            self._timer.again(waiter.switch, False)
            while True:
                watcher = self._watchers.get(wanted) or self._watch(wanted)
                watcher.start(waiter.switch, True)
                try:
                    is_ready = waiter.get()
                finally:
                    watcher.stop()
                if not is_ready:
                    raise psycopg.OperationalError(f"no answer in {self._seconds} s")
                wanted = steps.send(wanted)
        except StopIteration as end:
            returned: RV = end.value
            return returned
        finally:
            self._timer.stop()

    def _watch(self, wanted: int) -> Any:
        loop: Any = self._hub.loop
        watcher = self._watchers[wanted] = loop.io(self._descriptor, int(wanted))
        # What has begun goes on before anything new begins; and an answer that is there counts, also
        # where the limit has passed meanwhile.
        watcher.priority = loop.MAXPRI
        return watcher
