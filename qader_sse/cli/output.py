"""What all commands have in common: how they say what they do, and that the database does not answer."""

import click
from flask.cli import AppGroup

from qader_sse.request_ids import caused_by
from qader_sse.store import schema_check
from qader_sse.store.errors import StoreUnavailable


class DatabaseCommand(click.Command):
    """A command that ends with one sentence where the database does not do its work."""

    @caused_by("command")
    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except StoreUnavailable as error:
            why = str(error.__cause__ or error).strip().partition("\n")[0]
            raise click.ClickException(schema_check.refusal(why)) from None


class CommandGroup(AppGroup):
    command_class = DatabaseCommand


def say(progress: str) -> None:
    """Say what was done where the standard output is for something else."""
    click.echo(progress, err=True)


def counted(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"
