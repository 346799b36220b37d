"""Commands that do now what the service does by itself, or cannot know of."""

import click
from flask.cli import with_appcontext

from qader_sse.cli.output import DatabaseCommand, counted
from qader_sse.service import service


@click.command("sweep", cls=DatabaseCommand)
@with_appcontext
def sweep() -> None:
    """End every challenge whose time has run out; delete what has passed its retention."""
    service().database_check.run_once()  # corrects the clock of this process
    click.echo(f"{counted(service().sweeper.run_once(), 'challenge')} ended")
    for kind, count in service().sweeper.delete_old().items():
        click.echo(f"{count} {kind} deleted")


@click.command("reset-streams", cls=DatabaseCommand)
@with_appcontext
def reset_streams() -> None:
    """Give all clients a reset, after a restore that the service cannot notice by itself."""
    service().database.leap()
    click.echo("Every stream gets a reset within seconds; later numbers are higher.")
