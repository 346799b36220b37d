"""A clock whose time changes only when a test sets or advances it."""

from datetime import UTC, datetime, timedelta


class SettableClock:
    def __init__(self) -> None:
        self.now = datetime(2026, 1, 1, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
