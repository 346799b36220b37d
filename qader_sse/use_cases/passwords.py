"""Password hashes, computed in threads, each source of requests in its turn.

One hash takes tens of milliseconds of computing. On the event loop, many sign-ins at the same
moment would delay every running duel. In one queue for all, whoever sends hundreds of them would
keep all others from signing in.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import ceil
from typing import Any

from gevent.event import Event
from werkzeug.security import check_password_hash, generate_password_hash

from qader_sse.slow_threads import SlowThreads
from qader_sse.use_cases.fair_queue import FairQueue

# Each hash needs 32 MiB while it is computed, and more threads than cores are no faster.
_THREADS = 2
# How long a hash takes is measured; before the first, it is taken to be this long.
_ASSUMED_SECONDS = 0.1
_WEIGHT_OF_NEWEST = 0.2


class TooManyWaiting(Exception):
    """Too many passwords of this source wait already to be hashed; nothing has changed."""

    def __init__(self, retry_after_seconds: int) -> None:
        super().__init__(retry_after_seconds)
        self.retry_after_seconds = retry_after_seconds


class Turns:
    """Lets few in at a time; the others wait in a fair queue, but none for longer than the limit.

    A source of which something waits already is refused at once where it would wait for longer, by
    the length of the queue ahead. One that comes anew is let in soon, and never refused so.
    """

    def __init__(self, at_a_time: int, longest_wait_seconds: float) -> None:
        self._at_a_time = at_a_time
        self._free = at_a_time
        self._longest_wait_seconds = longest_wait_seconds
        self._queue: FairQueue[Event] = FairQueue()
        self._mean_seconds = _ASSUMED_SECONDS
        self.refused = 0

    @contextmanager
    def turn(self, source: str) -> Iterator[None]:
        """Wait for a turn, and have it for as long as the `with` block. Raises TooManyWaiting."""
        if self._free:
            self._free -= 1
        else:
            self._wait(source)
        try:
            yield
        finally:
            self._pass_on()

    def note_duration(self, seconds: float) -> None:
        """Take into account how long a turn has lasted."""
        self._mean_seconds += _WEIGHT_OF_NEWEST * (seconds - self._mean_seconds)

    def require_room(self, source: str) -> None:
        """Raise TooManyWaiting for a source of which more waits than can be served in time."""
        if not self._queue.waits(source):
            return
        ahead = self._queue.ahead_of_next(source)
        expected = (ahead + 1) * self._mean_seconds / self._at_a_time
        if expected > self._longest_wait_seconds:
            self.refused += 1
            raise TooManyWaiting(ceil(expected))

    def _wait(self, source: str) -> None:
        self.require_room(source)
        my_turn = Event()
        self._queue.add(source, my_turn)
        try:
            my_turn.wait(self._longest_wait_seconds)
        finally:
            if not my_turn.is_set():
                self._queue.remove(source, my_turn)
        if not my_turn.is_set():  # others have come from elsewhere and were let in before
            self.refused += 1
            raise TooManyWaiting(ceil(self._longest_wait_seconds))

    def _pass_on(self) -> None:
        next_turn = self._queue.take()
        if next_turn is None:
            self._free += 1
        else:
            next_turn.set()


class Passwords:
    """Hashes passwords by one of Werkzeug's methods, such as `scrypt:32768:8:1`.

    `source` is from where a request comes, as its network address: turns are fair between sources.
    """

    def __init__(self, method: str, longest_wait_seconds: float = 2.0) -> None:
        self._method = method
        self._turns = Turns(_THREADS, longest_wait_seconds)
        self._threads = SlowThreads(_THREADS)
        self._dummy_hash: str | None = None

    @property
    def refused(self) -> int:
        """How many passwords were not hashed so far, because too many others waited."""
        return self._turns.refused

    def require_room(self, source: str) -> None:
        """Raise TooManyWaiting where a password of this source would be refused at this moment."""
        self._turns.require_room(source)

    def hash(self, password: str, source: str = "") -> str:
        """Return a new hash. Raises TooManyWaiting."""
        hashed: str = self._compute(source, generate_password_hash, password, self._method)
        return hashed

    def matches(self, password_hash: str | None, password: str, source: str = "") -> bool:
        """Compare a password with a hash. Raises TooManyWaiting.

        Without a hash, because there is no such account, or it has no password, take the same time
        and return False: the time must not show which accounts exist.
        """
        if not password_hash:
            self._dummy_hash = self._dummy_hash or self.hash("", source)
            self._compute(source, check_password_hash, self._dummy_hash, password)
            return False
        same: bool = self._compute(source, check_password_hash, password_hash, password)
        return same

    def _compute(self, source: str, function: Callable[..., Any], *given: str) -> Any:
        with self._turns.turn(source):
            outcome, seconds = self._threads.run(function, *given)
            self._turns.note_duration(seconds)
            return outcome
