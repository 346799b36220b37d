"""Password hashes, computed off the event loop.

One hash is tens of milliseconds of pure computing: on the loop, a login storm
would make every running duel stutter.
"""

from gevent.hub import get_hub
from gevent.threadpool import ThreadPool
from werkzeug.security import check_password_hash, generate_password_hash

# Each hash takes 32 MiB while it is computed; more threads than cores win nothing.
_THREADS = 2


class Passwords:
    def __init__(self, method: str) -> None:
        self._method = method
        self._pool: ThreadPool | None = None
        self._nobodys_hash: str | None = None

    def hash(self, password: str) -> str:
        hashed: str = self._threads().apply(generate_password_hash, (password, self._method))
        return hashed

    def matches(self, password_hash: str | None, password: str) -> bool:
        """Compare; without a hash (no such account) take as long and say no."""
        if password_hash is None:
            self._nobodys_hash = self._nobodys_hash or self.hash("")
            self._threads().apply(check_password_hash, (self._nobodys_hash, password))
            return False
        same: bool = self._threads().apply(check_password_hash, (password_hash, password))
        return same

    def _threads(self) -> ThreadPool:
        # Made on first use: the pool belongs to the hub of the worker that forked.
        if self._pool is None:
            self._pool = ThreadPool(_THREADS, hub=get_hub())
        return self._pool
