"""`flask --app wsgi set-up`: everything that a new installation needs."""

import click
from flask.cli import with_appcontext
from flask_migrate import upgrade

from qader_sse.cli.questions import import_from
from qader_sse.cli.users import create
from qader_sse.config import ROOT
from qader_sse.demo_accounts import DEMO_ACCOUNTS, DEMO_PASSWORD, usable
from qader_sse.service import service

SAMPLES = sorted((ROOT / "sample").glob("*.json"))

_NEXT_STEPS = """
Open {address}/ and sign in as {names} (password: {password}).
A second, private window with the other account lets you play against yourself.
In a terminal: the three curl commands of the README. A whole duel at once: make demo.
Stop with Ctrl-C.
"""


@click.command("set-up")
@with_appcontext
@click.option("--address", help="Where the server will answer; also say what to do there.")
def set_up(address: str | None) -> None:
    """Bring the database up to date; add the sample questions and the demo accounts."""
    upgrade()
    is_empty = service().question_bank.is_empty()
    # Imported only into an empty bank: what operators have changed since must stay.
    for path in SAMPLES if is_empty else ():
        import_from(path)
    settings = service().settings
    if not settings.is_local and not settings.demo_accounts:
        _require_no_demo_accounts(settings.host)
        if address:
            click.echo(f"\nOpen {address}/ and create an account.\nStop with Ctrl-C.\n")
        return
    created = create(DEMO_ACCOUNTS, DEMO_PASSWORD)
    click.echo(f"demo accounts: {len(created)} created, {len(DEMO_ACCOUNTS) - len(created)} there")
    if address:
        names = " or ".join(account.username for account in DEMO_ACCOUNTS)
        click.echo(_NEXT_STEPS.format(address=address, names=names, password=DEMO_PASSWORD))


def _require_no_demo_accounts(host: str) -> None:
    with service().database.autocommit() as connection:
        names = usable(connection, lambda found: service().passwords.matches(found, DEMO_PASSWORD))
    why = f"other machines reach HOST={host}, and the password of the demo accounts is published"
    if names:
        raise click.ClickException(
            f"{why[0].upper()}{why[1:]}. Disable them (flask --app wsgi users disable NAME for"
            f" {' and '.join(names)}), or set DEMO_ACCOUNTS=true to let anybody sign in as them."
        )
    click.echo(f"demo accounts: none, because {why}; DEMO_ACCOUNTS=true creates them all the same")
