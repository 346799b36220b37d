"""`flask --app wsgi sessions …`: where people are signed in."""

from dataclasses import asdict

import click

from qader_sse.cli.acting import acting
from qader_sse.cli.output import CommandGroup, Report, counted, table
from qader_sse.cli.people import account_of
from qader_sse.domain.acts import Act
from qader_sse.domain.violations import SessionNotFound
from qader_sse.service import service

sessions = CommandGroup("sessions", help="Where people are signed in.")


@sessions.command("list")
@click.argument("name")
def list_sessions(name: str) -> Report:
    """List the open sessions of NAME, the newest first. Their ids are no secrets."""
    with account_of(name):
        found = service().administration.accounts.sessions_of(name, service().clock())
    rows = ((session.id, session.opened_at, session.device) for session in found)
    lines = table(("id", "opened", "device"), rows) or [f"{name} is signed in nowhere."]
    return Report({"sessions": [asdict(session) for session in found]}, lines)


# One id in 64 begins with a hyphen, and must not be taken for an option.
@sessions.command("end", context_settings={"ignore_unknown_options": True})
@click.argument("name")
@click.argument("session_id", required=False)
@click.option("--all", "are_all", is_flag=True, help="End all sessions of NAME.")
@acting
def end_sessions(name: str, session_id: str | None, are_all: bool, act: Act) -> Report:
    """Sign NAME out: of the session SESSION_ID, or of all. Their streams end within a second."""
    if are_all == (session_id is not None):
        raise click.UsageError("Name one session (sessions list NAME has their ids), or --all.")
    accounts = service().administration.accounts
    try:
        with account_of(name):
            if session_id is None:
                ended = accounts.end_sessions(name, act)
            else:
                accounts.end_session(name, session_id, act)
                ended = 1
    except SessionNotFound:
        raise click.ClickException(
            f"{name} has no open session {session_id}. Nothing was changed."
        ) from None
    return Report({"ended_sessions": ended}, [f"{counted(ended, 'session')} of {name} ended"])
