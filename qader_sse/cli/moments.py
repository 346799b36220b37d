"""Moments as commands show them to people: in UTC, to the millisecond."""

from collections.abc import Iterable
from datetime import UTC, datetime


class Moments:
    """Writes moments without their day, where all of them are of one."""

    def __init__(self, moments: Iterable[datetime | None]) -> None:
        days = {moment.astimezone(UTC).date() for moment in moments if moment is not None}
        self.day = days.pop().isoformat() if len(days) == 1 else None

    def at(self, moment: datetime) -> str:
        text = moment.astimezone(UTC).isoformat(sep=" ", timespec="milliseconds")
        return text.removesuffix("+00:00").removeprefix(f"{self.day} ")

    def between(self, since: datetime, until: datetime) -> str:
        """Say when something happened of which the earliest and the latest moment are known."""
        if self.at(since) == self.at(until):
            return f"at {self.at(until)}"
        return f"between {self.at(since)} and {self.at(until)}"

    def span(self, since: datetime, until: datetime) -> str:
        """Say the same in the cell of a table."""
        begin, end = self.at(since), self.at(until)
        return end if begin == end else f"{begin}–{end}"
