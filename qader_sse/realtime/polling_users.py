"""The users whose clients poll: without a stream, nothing else shows that they are online."""

import time

# A user who has polled counts as online for this long.
_ONLINE_SECONDS = 10.0


class PollingUsers:
    """Remembers which users have polled a worker within the last ten seconds."""

    def __init__(self) -> None:
        self._polled_at: dict[int, float] = {}

    def note(self, user_id: int) -> None:
        self._polled_at[user_id] = time.monotonic()

    def ids(self) -> set[int]:
        """Return the users who have polled within ten seconds, and forget the others."""
        since = time.monotonic() - _ONLINE_SECONDS
        self._polled_at = {user: at for user, at in self._polled_at.items() if at > since}
        return set(self._polled_at)
