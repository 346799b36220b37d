"""The one function that views call before they do something of which everybody has a share."""

import hashlib
from collections import Counter

from qader_sse.domain.violations import LimitReached
from qader_sse.limits.counters import Counters, Left
from qader_sse.limits.rates import parse
from qader_sse.limits.settings import LimitSettings
from qader_sse.limits.shared_store import MakeClient, SharedStore, local_store
from qader_sse.limits.table import TABLE, Limit

_UNLIMITED = Left(2**31)


class FairShares:
    """Counts what people do, by the rates of the settings.

    With `make_client`, which connects to Redis, all workers count together; without, each counts
    for itself. In Redis stands neither a name nor an address, only their keyed hashes.
    """

    def __init__(self, settings: LimitSettings, secret_key: str, make_client: MakeClient | None):
        # Refusals so far, by the violation's name: also of limits that are counted elsewhere.
        self.refusals: Counter[str] = Counter()
        self._is_on = settings.fair_shares
        self._secret = hashlib.blake2s(secret_key.encode()).digest()
        # Two installations that share a Redis must not count each other's people.
        self._namespace = hashlib.blake2s(self._secret, digest_size=8).hexdigest()
        self._shared, self._alone = SharedStore(make_client), SharedStore(None)
        self._marks = local_store()
        self._counters = {
            limit: Counters(
                f"qader:{self._namespace}:{limit.setting}",
                parse(getattr(settings, limit.setting)),
                self._alone if limit.is_local else self._shared,
            )
            for limit in TABLE
        }

    def spend(self, limit: Limit, *key: object) -> None:
        """Take one of what the limit allows. Raises the limit's refusal if nothing is left."""
        if self._is_on:
            _require(limit, self._counters[limit].spend(self._hashed(key)))

    def note_refusal(self, refusal: LimitReached) -> None:
        """Count what was refused to somebody, whichever limit it was."""
        self.refusals[type(refusal).__name__] += 1

    def look(self, limit: Limit, *key: object) -> Left:
        """Return what is left, and take nothing."""
        return self._counters[limit].look(self._hashed(key)) if self._is_on else _UNLIMITED

    @property
    def is_shared(self) -> bool:
        """Whether all workers count together now, so that this process sees what they count."""
        probe = f"qader:{self._namespace}:probe"
        return self._is_on and self._shared.run(lambda store: [store.get(probe)]) is not None

    def most(self, limit: Limit) -> int:
        """Return how many the limit allows at once."""
        return self._counters[limit].most

    def reset(self, limit: Limit, *key: object) -> bool:
        """Forget what was counted in Redis; return whether Redis answers."""
        return self._counters[limit].reset(self._hashed(key))

    def count(self, limit: Limit, *key: object) -> None:
        """Take one, if there is one left: for what has happened and can no longer be refused."""
        if self._is_on:
            self._counters[limit].spend(self._hashed(key))

    def mark(self, name: str, *key: object, seconds: int) -> None:
        """Remember a key under a name for some time."""
        if not self._is_on:
            return
        marked = f"qader:{self._namespace}:{name}:{self._hashed(key)}"
        self._shared.run(lambda store: store.set(marked, 1, seconds))
        self._marks.set(marked, 1, seconds)

    def is_marked(self, name: str, *key: object) -> bool:
        marked = f"qader:{self._namespace}:{name}:{self._hashed(key)}"
        found = self._marks.get(marked) or self._shared.run(lambda store: store.get(marked))
        return bool(found)

    def _hashed(self, key: tuple[object, ...]) -> str:
        text = "\n".join(map(str, key)).encode(errors="surrogatepass")
        return hashlib.blake2s(text, key=self._secret, digest_size=16).hexdigest()


def _require(limit: Limit, left: Left) -> None:
    if left.count < 1:
        raise limit.refusal(left.seconds)
