"""Which limits count a person, an address, or both, and by which key."""

from collections.abc import Iterator
from dataclasses import dataclass

from qader_sse.limits.table import (
    ACCOUNT_FAILURES,
    ADDRESS_FAILURES,
    INVITES,
    REGISTRATIONS,
    SEARCHES,
    SIGN_IN_FAILURES,
    Limit,
)

Keyed = tuple[Limit, tuple[object, ...]]


@dataclass(frozen=True, slots=True)
class Subject:
    """Somebody whom limits count: an account, a network as `network_of` returns it, or both."""

    user_id: int | None = None
    username_key: str | None = None
    network: str | None = None

    def limits(self) -> Iterator[Keyed]:
        """Yield the limits that all workers count together, each with its key."""
        if self.user_id is not None:
            yield INVITES, (self.user_id,)
            yield SEARCHES, (self.user_id,)
            yield ACCOUNT_FAILURES, (self.username_key,)
        if self.network is not None:
            yield REGISTRATIONS, (self.network,)
            yield ADDRESS_FAILURES, (self.network,)
        if self.user_id is not None and self.network is not None:
            yield SIGN_IN_FAILURES, (self.username_key, self.network)
