"""Counts one kind of thing by key, as token buckets that fill again at the rates of its limit.

The library's algorithm is GCRA: a bucket is one number, and Redis changes it in one script, by its
own clock. In the process it is counted by a clock that only goes forward.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from throttled import BaseRateLimiter, RateLimiterRegistry
from throttled.rate_limiter import Quota
from throttled.store import BaseStore

from qader_sse.limits.shared_store import SharedStore, local_store


@dataclass(frozen=True, slots=True)
class Left:
    """How many more there may be now, and in how many seconds the next one, if there are none."""

    count: int
    seconds: float = 0.0


class Counters:
    """`name` keeps its keys in Redis apart from those of others."""

    def __init__(self, name: str, quotas: Sequence[Quota], shared: SharedStore) -> None:
        self._name = name
        self._quotas = quotas
        self._shared = shared
        self._local = self._limiters(local_store())
        self._in_redis: list[BaseRateLimiter] | None = None

    def spend(self, key: str) -> Left:
        """Take one, if all rates allow it; `count` is 0 if one of them does not."""

        def use(limiters: Sequence[BaseRateLimiter]) -> Left:
            waits = [
                result.state.retry_after
                for result in [limiter.limit(key) for limiter in limiters]
                if result.limited
            ]
            return Left(0, max(waits)) if waits else Left(1)

        found = self._shared.run(lambda store: use(self._limiters_in(store)))
        return use(self._local) if found is None else found

    def look(self, key: str) -> Left:
        """Return what is left, and take nothing."""

        def use(limiters: Sequence[BaseRateLimiter]) -> Left:
            states = [(limiter.quota, limiter.peek(key)) for limiter in limiters]
            # The state's own `retry_after` is when nothing would be left, not when one would be.
            waits = [s.reset_after - (q.burst - 1) * q.emission_interval for q, s in states]
            return Left(min(s.remaining for _, s in states), max(0.0, *waits))

        found = self._shared.run(lambda store: use(self._limiters_in(store)))
        return use(self._local) if found is None else found

    @property
    def most(self) -> int:
        """How many there may be at once."""
        return min(quota.burst for quota in self._quotas)

    def reset(self, key: str) -> bool:
        """Forget what all workers have counted of a key in Redis; return whether Redis answers."""

        def forget(store: BaseStore) -> bool:
            for number in range(len(self._quotas)):
                # As the library documents its keys, of which it has no other way to reset one. The
                # value is a moment: one that is long past leaves nothing used.
                stored = f"{self._prefix(number)}:v1:gcra:{key}"
                if store.get(stored) is not None:
                    store.set(stored, 0, 1)
            return True

        return self._shared.run(forget) is not None

    def _limiters_in(self, store: BaseStore) -> Sequence[BaseRateLimiter]:
        if self._in_redis is None:
            self._in_redis = self._limiters(store)
        return self._in_redis

    def _limiters(self, store: BaseStore) -> list[BaseRateLimiter]:
        make = RateLimiterRegistry.get("gcra")
        return [
            make(quota, store, key_prefix=self._prefix(number))
            for number, quota in enumerate(self._quotas)
        ]

    def _prefix(self, number: int) -> str:
        return f"{self._name}:{number}"
