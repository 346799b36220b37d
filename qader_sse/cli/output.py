"""What all commands have in common: how they answer, how they ask, and that the database does not answer."""

import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import click
from flask.cli import AppGroup, with_appcontext

from qader_sse.domain.facts import iso
from qader_sse.log_format import printable
from qader_sse.request_ids import caused_by
from qader_sse.service import service
from qader_sse.store import schema_check
from qader_sse.store.errors import StoreUnavailable
from qader_sse.store.models import MAX_ID

_AS_JSON = f"{__name__}.as_json"
_GAP = "  "


@dataclass(frozen=True, slots=True)
class Report:
    """What a command answers: `data` for programs, the lines for people; and how it then ends."""

    data: object
    lines: Sequence[str] = field(default=())
    exit_code: int = 0

    def text(self, *, is_json: bool) -> str:
        return as_json(self.data) if is_json else "\n".join(self.lines)


class DatabaseCommand(click.Command):
    """A command that ends with one sentence where the database does not do its work.

    It goes by the clock of the database, as all nodes do, unless it `needs_no_database`.
    """

    needs_no_database = False

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Refuse, in one sentence, what no database takes: bytes that are no text, and vast numbers."""
        for given in args:
            if not _is_text(given):
                shown = cell(os.fsencode(given).decode(errors="backslashreplace"))
                raise click.ClickException(f"{shown} is not in UTF-8. Nothing was changed.")
        rest = super().parse_args(ctx, args)
        for name, value in ctx.params.items():
            if isinstance(value, int) and abs(value) > MAX_ID:
                label = name.replace("_", "-")
                raise click.ClickException(f"{label} is a number too large. Nothing was changed.")
        return rest

    @caused_by("command")
    def invoke(self, ctx: click.Context) -> object:
        try:
            if not self.needs_no_database:
                ctx.invoke(_set_clock)
            return super().invoke(ctx)
        except StoreUnavailable as error:
            why = str(error.__cause__ or error).strip().partition("\n")[0]
            raise click.ClickException(schema_check.refusal(why)) from None


def _is_text(given: str) -> bool:
    """Return whether an argument is text: Python has bytes that are no UTF-8 as lone surrogates."""
    try:
        given.encode()
    except UnicodeEncodeError:
        return False
    return True


@with_appcontext
def _set_clock() -> None:
    service().database_check.set_clock()


class ReportCommand(DatabaseCommand):
    """A command that returns a Report, which is printed for people or, with `--json`, for programs.

    One that answers bit by bit returns none, and asks `wants_json` how to print.
    """

    def __init__(self, *given: object, **named: object) -> None:
        super().__init__(*given, **named)  # type: ignore[arg-type]  # passed on as they come
        self.params.append(
            click.Option(
                ["--json"],
                is_flag=True,
                expose_value=False,
                callback=_note_json,
                help="Answer as JSON.",
            )
        )

    def invoke(self, ctx: click.Context) -> object:
        report = super().invoke(ctx)
        if isinstance(report, Report):
            text = report.text(is_json=wants_json())
            click.echo(text, nl=bool(text))
            if report.exit_code:
                ctx.exit(report.exit_code)
        return report


class CommandGroup(AppGroup):
    command_class = ReportCommand


def wants_json() -> bool:
    """Return whether the command that runs was given `--json`."""
    return bool(click.get_current_context().meta.get(_AS_JSON))


def as_json(data: object, indent: int | None = 2) -> str:
    return json.dumps(data, ensure_ascii=False, indent=indent, default=_plain)


def say(progress: str) -> None:
    """Say what was done where the standard output is for something else."""
    click.echo(progress, err=True)


def require_consent(question: str, *, is_given: bool) -> None:
    """Ask before what cannot be undone, unless `--yes` has answered. No answer counts as a no."""
    try:
        agrees = is_given or click.confirm(question, err=True)
    except click.Abort:
        agrees = False
    if not agrees:
        raise click.ClickException("Nothing was changed. (--yes answers this question with yes.)")


def counted(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    """Return the lines of a table; without rows, none, so that nothing looks like a row."""
    cells = [[cell(value) for value in row] for row in rows]
    if not cells:
        return []
    cells.insert(0, list(columns))
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return [
        _GAP.join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()
        for row in cells
    ]


def line(values: Iterable[object]) -> str:
    """Return values side by side, where no other line is there to stand below."""
    return _GAP.join(map(cell, values))


def cell(value: object) -> str:
    """Return a value as it stands in a line."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return iso(value)
    return printable(str(value))


def _plain(value: object) -> str:
    """Return as JSON has it what JSON has no form for: a moment, as all answers write it."""
    if isinstance(value, datetime):
        return iso(value)
    raise TypeError(value)


def _note_json(ctx: click.Context, _: click.Parameter, is_on: bool) -> None:
    ctx.meta[_AS_JSON] = is_on
