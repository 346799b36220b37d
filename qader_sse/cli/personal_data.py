"""`flask --app wsgi users export` and `users erase`: what a person can ask for."""

from pathlib import Path

import click
from flask.cli import with_appcontext

from qader_sse.cli.acting import acting
from qader_sse.cli.files import NEW_FILE, write_new
from qader_sse.cli.output import Report, ReportCommand, as_json, counted, require_consent
from qader_sse.cli.people import account_of
from qader_sse.domain.acts import Act
from qader_sse.service import service


@click.command("export", cls=ReportCommand)
@with_appcontext
@click.argument("name")
@click.argument("file", required=False, type=NEW_FILE)
@acting
def export_user(name: str, file: Path | None, act: Act) -> Report:
    """Write all that is stored about NAME to FILE, a new one, or print it: JSON, to hand to them."""
    with account_of(name):
        found = service().administration.personal_data.export(name, act)
    text = as_json(found)
    if file is None:
        return Report(found, [text])
    write_new(file, text)
    return Report({"file": str(file)}, [f"{file}: all that is stored about {name}"])


@click.command("erase", cls=ReportCommand)
@with_appcontext
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask.")
@acting
def erase_user(name: str, yes: bool, act: Act) -> Report:
    """Erase what is stored about NAME, for good. Duels stay for their rivals, without a name.

    Streams end within a second, and open duels as if NAME had left them.
    """
    data = service().administration.personal_data
    with account_of(name):
        service().administration.limits.player(name)  # before the question
        question = f"Erase {name} for good? Nobody can bring back what is stored about them."
        require_consent(question, is_given=yes)
        left, ended = data.erase(name, act)
    line = f"{name} is erased, and is {left} in the duels of others; {counted(ended, 'duel')} ended"
    return Report({"username": left, "ended_challenges": ended}, [line])
