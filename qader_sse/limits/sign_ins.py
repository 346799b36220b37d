"""Bounds guesses at passwords, without giving anybody a way to lock somebody else out.

Failures count by username and address together: those of an attacker do not keep the owner out, who
is at another address. Two more limits count by the address alone and by the username alone. Whoever
has signed in from an address before passes both, so that neither a classmate behind the same address
nor many machines elsewhere keep out somebody who comes as usual.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from qader_sse.domain.violations import TooManySignIns, WrongCredentials
from qader_sse.limits.fair_shares import FairShares
from qader_sse.limits.table import ACCOUNT_FAILURES, ADDRESS_FAILURES, SIGN_IN_FAILURES, Limit

_KNOWN, _KNOWN_SECONDS = "known", 30 * 24 * 3600


class SignInLimits:
    """Stands around each comparison of a password."""

    def __init__(self, shares: FairShares) -> None:
        self._shares = shares
        # What is being compared counts as failed until it is known: guesses that come all at once
        # would otherwise all be admitted before the first of them has failed.
        self._comparing: Counter[tuple[object, ...]] = Counter()
        self.outcomes: Counter[str] = Counter()  # of attempts: "ok", "wrong", "limited", "failed"

    @contextmanager
    def attempt(self, username: str, address: str) -> Iterator[None]:
        """Contains one attempt. Raises TooManySignIns before it, and counts a WrongCredentials."""
        limits = self._limits(username, address)
        for limit, key in limits:
            self._require_left(limit, key)
        outcome = "failed"
        keys = [(limit.setting, *key) for limit, key in limits]
        self._comparing.update(keys)
        try:
            yield
        except WrongCredentials:
            outcome = "wrong"
            for limit, key in limits:
                self._shares.count(limit, *key)
            raise
        else:
            outcome = "ok"
            self._shares.mark(_KNOWN, username, address, seconds=_KNOWN_SECONDS)
        finally:
            self.outcomes[outcome] += 1
            self._comparing.subtract(keys)
            for one in keys:
                if self._comparing[one] <= 0:
                    del self._comparing[one]

    def _limits(self, username: str, address: str) -> list[tuple[Limit, tuple[str, ...]]]:
        limits: list[tuple[Limit, tuple[str, ...]]] = [(SIGN_IN_FAILURES, (username, address))]
        if self._shares.is_marked(_KNOWN, username, address):
            return limits
        return [*limits, (ADDRESS_FAILURES, (address,)), (ACCOUNT_FAILURES, (username,))]

    def _require_left(self, limit: Limit, key: tuple[str, ...]) -> None:
        left = self._shares.look(limit, *key)
        if left.count <= self._comparing[(limit.setting, *key)]:
            self.outcomes["limited"] += 1
            raise TooManySignIns(max(1.0, left.seconds))
