"""`flask --app wsgi set-up`: everything that a new installation needs."""

import click
from flask.cli import with_appcontext
from flask_migrate import upgrade

from qader_sse.cli.acting import act
from qader_sse.cli.migration_steps import AS_A_PART
from qader_sse.cli.output import DatabaseCommand, say
from qader_sse.cli.questions import import_from
from qader_sse.demo_accounts import DEMO_ACCOUNTS, DEMO_PASSWORD, usable
from qader_sse.installation import COMMAND, ROOT
from qader_sse.service import service

SAMPLES = sorted((ROOT / "sample").glob("*.json"))

_FIRST_ACCOUNT = """
Open {address}/ and create an account.
Stop with Ctrl-C.
"""
_DEMO_ACCOUNTS = f"""
Open {{address}}/ and sign in as {" or ".join(a.username for a in DEMO_ACCOUNTS)} (password: {DEMO_PASSWORD}).
A second, private window with the other account lets you play against yourself.
In a terminal: the three curl commands of the README. A whole duel at once: make demo.
Stop with Ctrl-C.
"""


@click.command("set-up", cls=DatabaseCommand)
@with_appcontext
@click.option("--port", type=int, help="Where the server will listen; also print what to do there.")
def set_up(port: int | None) -> None:
    """Bring the database up to date; add the sample questions and the demo accounts.

    What was done goes to the standard error output. The standard output has only what to do next,
    which `make run` keeps until the server listens.
    """
    upgrade(tag=AS_A_PART)
    who = act("set-up")
    is_empty = service().question_bank.is_empty()
    # Imported only into an empty bank: what operators have changed since must stay.
    for path in SAMPLES if is_empty else ():
        say(import_from(path, who).text(is_json=False))
    settings = service().settings
    has_demo_accounts = settings.is_local or settings.demo_accounts
    if has_demo_accounts:
        accounts = service().administration.accounts
        created = len(accounts.create_missing(DEMO_ACCOUNTS, DEMO_PASSWORD, who))
        say(f"demo accounts: {created} created, {len(DEMO_ACCOUNTS) - created} there")
    else:
        _require_no_demo_accounts(settings.host)
    if port:
        next_steps = _DEMO_ACCOUNTS if has_demo_accounts else _FIRST_ACCOUNT
        click.echo(next_steps.format(address=settings.address(port)))


def _require_no_demo_accounts(host: str) -> None:
    with service().database.autocommit() as connection:
        names = usable(connection, lambda found: service().passwords.matches(found, DEMO_PASSWORD))
    why = f"other machines reach HOST={host}, and the password of the demo accounts is published"
    if names:
        raise click.ClickException(
            f"{why[0].upper()}{why[1:]}. Disable them ({COMMAND} users disable NAME for"
            f" {' and '.join(names)}), or set DEMO_ACCOUNTS=true to let anybody sign in as them."
        )
    say(f"demo accounts: none, because {why}; DEMO_ACCOUNTS=true creates them all the same")
