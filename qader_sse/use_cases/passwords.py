"""Password hashes, computed in threads.

One hash takes tens of milliseconds of computing. On the event loop, many sign-ins at the same
moment would delay every running duel.
"""

from gevent.hub import get_hub
from gevent.threadpool import ThreadPool
from werkzeug.security import check_password_hash, generate_password_hash

# Each hash needs 32 MiB while it is computed, and more threads than cores are no faster.
_THREADS = 2


class Passwords:
    """Hashes passwords by one of Werkzeug's methods, such as `scrypt:32768:8:1`."""

    def __init__(self, method: str) -> None:
        self._method = method
        self._pool: ThreadPool | None = None
        self._dummy_hash: str | None = None

    def hash(self, password: str) -> str:
        hashed: str = self._threads().apply(generate_password_hash, (password, self._method))
        return hashed

    def matches(self, password_hash: str | None, password: str) -> bool:
        """Compare a password with a hash.

        Without a hash, because there is no such account, take the same time and return False:
        the time must not show which accounts exist.
        """
        if password_hash is None:
            self._dummy_hash = self._dummy_hash or self.hash("")
            self._threads().apply(check_password_hash, (self._dummy_hash, password))
            return False
        same: bool = self._threads().apply(check_password_hash, (password_hash, password))
        return same

    def _threads(self) -> ThreadPool:
        # Created on first use: a pool belongs to the gevent hub of its process, and workers fork.
        if self._pool is None:
            self._pool = ThreadPool(_THREADS, hub=get_hub())
        return self._pool
