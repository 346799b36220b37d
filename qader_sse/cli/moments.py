"""Moments as commands take them, and as `explain` writes them: in UTC, to the millisecond."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import click

from qader_sse.domain.facts import iso


class Moment(click.ParamType[datetime]):
    """A day or a moment, as all commands, answers and lines of the log write it; UTC unless it says else."""

    name = "moment"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        if isinstance(value, datetime):
            return value
        try:
            found = datetime.fromisoformat(value)
            return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
        except (ValueError, OverflowError):
            self.fail(f"{value} is no day or moment such as 2026-01-31T12:00:00.000Z.", param, ctx)


class Moments:
    """Writes moments without their day, where all of them are of one."""

    def __init__(self, moments: Iterable[datetime | None]) -> None:
        days = {moment.astimezone(UTC).date() for moment in moments if moment is not None}
        self.day = days.pop().isoformat() if len(days) == 1 else None

    def at(self, moment: datetime) -> str:
        text = iso(moment)
        day = f"{self.day}T"
        return text.removeprefix(day).removesuffix("Z") if text.startswith(day) else text

    def between(self, since: datetime, until: datetime) -> str:
        """Say when something happened of which the earliest and the latest moment are known."""
        if self.at(since) == self.at(until):
            return f"at {self.at(until)}"
        return f"between {self.at(since)} and {self.at(until)}"

    def span(self, since: datetime, until: datetime) -> str:
        """Say the same in the cell of a table."""
        begin, end = self.at(since), self.at(until)
        return end if begin == end else f"{begin}–{end}"
