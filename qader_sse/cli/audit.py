"""`flask --app wsgi audit`: what operators did."""

from dataclasses import asdict
from datetime import datetime

import click
from flask.cli import with_appcontext

from qader_sse.cli.moments import Moment
from qader_sse.cli.output import Report, ReportCommand, as_json, table
from qader_sse.service import service
from qader_sse.store.audit import WantedEntries
from qader_sse.use_cases.administration.audit_log import Named


@click.command("audit", cls=ReportCommand)
@with_appcontext
@click.option("--who", help="Only of this OS user, or this operator.")
@click.option("--what", metavar="COMMAND", help="Only this command, or this group: users.")
@click.option("--on", "subject", help="Only on this username, or subject, such as challenge:7.")
@click.option("--since", type=Moment(), help="Only from this day or moment on (UTC).")
@click.option("--until", type=Moment(), help="Only before this day or moment (UTC).")
@click.option("--limit", type=click.IntRange(1, 100_000), default=50, show_default=True)
def audit(
    who: str | None,
    what: str | None,
    subject: str | None,
    since: datetime | None,
    until: datetime | None,
    limit: int,
) -> Report:
    """Print what operators did, the newest first, for as long as AUDIT_RETENTION_SECONDS."""
    log = service().administration.audit_log
    found = log.newest(
        WantedEntries(
            who=who,
            what=what,
            subject=subject and log.subject(subject),
            since=since,
            until=until,
        ),
        limit,
    )
    columns = ("when", "OS user", "operator", "what", "on", "details")
    lines = table(columns, map(_row, found)) or ["Nothing was found."]
    data = [asdict(one.entry) | {"username": one.username} for one in found]
    return Report({"entries": data}, lines)


def _row(one: Named) -> tuple[object, ...]:
    entry = one.entry
    on = entry.subject if one.username is None else f"{entry.subject} ({one.username})"
    details = as_json(entry.details, indent=None) if entry.details else None
    return entry.at, entry.os_user, entry.operator, entry.action, on, details
