"""The users who have shown lately that they are there, other than by an open stream."""

import time


class SeenUsers:
    """Remembers when each user was last seen, until `forget`."""

    def __init__(self) -> None:
        self._seen_at: dict[int, float] = {}

    def note(self, user_id: int) -> None:
        self._seen_at[user_id] = time.monotonic()

    def within(self, seconds: float) -> set[int]:
        """Return the users seen within the last seconds."""
        since = time.monotonic() - seconds
        return {user_id for user_id, at in self._seen_at.items() if at > since}

    def all(self) -> set[int]:
        return set(self._seen_at)

    def forget(self, seconds: float) -> None:
        """Forget the users who were not seen within the last seconds."""
        since = time.monotonic() - seconds
        self._seen_at = {user_id: at for user_id, at in self._seen_at.items() if at > since}
