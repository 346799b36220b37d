"""Where limits are counted: in Redis for all workers, or in this process while Redis is away.

A limit must never be the reason why somebody is turned away or has to wait: when Redis does not
answer, its part of the counting goes on in the process, and Redis is asked again a little later.
"""

import logging
import time
from collections.abc import Callable
from typing import Any, TypeVar

from redis.exceptions import RedisError
from throttled import MemoryStore, RedisStore
from throttled.exceptions import StoreUnavailableError
from throttled.store import BaseStore
from throttled.store.redis_pool import ConnectionFactory

logger = logging.getLogger(__name__)

Result = TypeVar("Result")

MakeClient = Callable[[], Any]

# One entry takes some 300 bytes. When the store is full, the entry that was used longest ago goes.
_MAX_KEYS = 20_000
_PAUSE_SECONDS = 2.0


class _GivenClient(ConnectionFactory):
    """Has the library use the service's own client, which knows Sentinel and clusters."""

    def connect(self, url: str | None = None) -> Any:
        return self.options["CLIENT"]()


class SharedStore:
    """The Redis of all workers, with a pause after each failure; never there without an address."""

    def __init__(self, make_client: MakeClient | None) -> None:
        self._make_client = make_client
        self._store: RedisStore | None = None
        self._away_until = 0.0
        self._is_outage_logged = False

    def run(self, use: Callable[[BaseStore], Result]) -> Result | None:
        """Return what `use` makes of the store in Redis; None if there is none now."""
        if self._make_client is None or time.monotonic() < self._away_until:
            return None
        try:
            result = use(self._open(self._make_client))
        except (StoreUnavailableError, RedisError, OSError) as error:
            self._note_failure(error.__cause__ or error)
            return None
        self._is_outage_logged = False
        return result

    def _open(self, make_client: MakeClient) -> RedisStore:
        if self._store is None:
            client = make_client()
            factory = f"{__name__}.{_GivenClient.__name__}"
            # The library copies its options, which a client does not survive; a function does.
            options = {"CONNECTION_FACTORY_CLASS": factory, "CLIENT": lambda: client}
            self._store = RedisStore(options=options)
        return self._store

    def _note_failure(self, error: BaseException) -> None:
        self._away_until = time.monotonic() + _PAUSE_SECONDS
        if not self._is_outage_logged:
            self._is_outage_logged = True
            logger.warning("limits are counted by each worker: Redis does not answer (%s)", error)


def local_store() -> MemoryStore:
    return MemoryStore(options={"MAX_SIZE": _MAX_KEYS})
