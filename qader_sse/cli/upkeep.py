"""Commands that do now what the service does by itself, or cannot know of."""

import click
from flask.cli import with_appcontext

from qader_sse.cli.acting import acting
from qader_sse.cli.output import Report, ReportCommand, counted
from qader_sse.domain.acts import Act
from qader_sse.service import service


@click.command("sweep", cls=ReportCommand)
@with_appcontext
def sweep() -> Report:
    """End every challenge whose time has run out; delete what has passed its retention."""
    ended, deleted = service().sweeper.run_once(), service().sweeper.delete_old()
    lines = [f"{count} {kind} deleted" for kind, count in deleted.items()]
    data = {"ended_challenges": ended, "deleted": deleted}
    return Report(data, [f"{counted(ended, 'challenge')} ended", *lines])


@click.command("reset-streams", cls=ReportCommand)
@with_appcontext
@acting
def reset_streams(act: Act) -> Report:
    """Give all clients a reset, after a restore that the service cannot notice by itself."""
    service().administration.audit_log.note(act, ["streams"])
    service().database.leap()
    line = "Every stream gets a reset within seconds; later numbers are higher."
    return Report({"reset": True}, [line])
