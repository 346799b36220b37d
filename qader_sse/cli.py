"""The commands of `flask --app wsgi …`, for operators and tests."""

from collections.abc import Sequence
from pathlib import Path

import click
from flask import Flask
from flask.cli import AppGroup, with_appcontext
from flask_migrate import upgrade

from qader_sse.config import ROOT
from qader_sse.demo_accounts import DEMO_ACCOUNTS, DEMO_PASSWORD, usable
from qader_sse.domain import password_policy, usernames
from qader_sse.question_files import read
from qader_sse.question_images import hosts_not_shown
from qader_sse.question_sources import BadQuestionFile
from qader_sse.service import service
from qader_sse.store.accounts import Profile

SAMPLES = sorted((ROOT / "sample").glob("*.json"))

_NEXT_STEPS = """
Open {address}/ and sign in as {names} (password: {password}).
A second, private window with the other account lets you play against yourself.
In a terminal: the three curl commands of the README. A whole duel at once: make demo.
Stop with Ctrl-C.
"""

questions = AppGroup("questions", help="The question bank.")
users = AppGroup("users", help="Accounts.")


def register(app: Flask) -> None:
    app.cli.add_command(questions)
    app.cli.add_command(users)
    app.cli.add_command(set_up)
    app.cli.add_command(sweep)
    app.cli.add_command(reset_streams)


@click.command("set-up")
@with_appcontext
@click.option("--address", help="Where the server will answer; also say what to do there.")
def set_up(address: str | None) -> None:
    """Bring the database up to date; add the sample questions and the demo accounts."""
    upgrade()
    is_empty = service().question_bank.is_empty()
    # Imported only into an empty bank: what operators have changed since must stay.
    for path in SAMPLES if is_empty else ():
        _import(path)
    settings = service().settings
    if not settings.is_local and not settings.demo_accounts:
        _require_no_demo_accounts(settings.host)
        if address:
            click.echo(f"\nOpen {address}/ and create an account.\nStop with Ctrl-C.\n")
        return
    created = _create(DEMO_ACCOUNTS, DEMO_PASSWORD)
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


@click.command("sweep")
@with_appcontext
def sweep() -> None:
    """End every challenge whose time has run out; delete what has passed its retention."""
    service().database_check.run_once()  # corrects the clock of this process
    click.echo(f"{_count(service().sweeper.run_once(), 'challenge')} ended")
    for kind, count in service().sweeper.delete_old().items():
        click.echo(f"{count} {kind} deleted")


@questions.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def import_questions(file: Path) -> None:
    """Import FILE (.json or .csv): all of it, or nothing if a row is wrong."""
    _import(file)


@questions.command("exposure")
@click.option("--days", type=click.IntRange(1, 3650), default=30, show_default=True)
@click.option("--people", type=click.IntRange(0, 10_000), default=10, show_default=True)
def show_exposure(days: int, people: int) -> None:
    """Say how much of the bank was shown within DAYS, and who has seen the most of it."""
    found = service().question_bank.exposure(service().clock(), days, people)
    click.echo(f"Questions shown within {days} days, of those in the bank now:")
    for section, (shown, count) in found.sections.items():
        click.echo(f"  {section}: {shown} of {count} ({_percent(shown, count)})")
    if found.people:
        click.echo("Who has seen the most:")
    for username, seen in found.people:
        click.echo(f"  {username}: {seen} ({_percent(seen, found.count)})")


@users.command("create")
@click.argument("names", nargs=-1, required=True)
@click.password_option(help="Asked for when it is not given.")
def create_users(names: Sequence[str], password: str) -> None:
    """Create an account for each NAME."""
    _require_strong(password, names)
    created = _create([Profile(name, name) for name in names], password)
    for name in names:
        click.echo(f"{name}: {'created' if name in created else 'there already, left as it is'}")


@users.command("seed")
@click.option("--count", type=click.IntRange(1, 100_000), required=True)
@click.option("--prefix", default="loaduser", show_default=True)
@click.option("--password", required=True)
def seed_users(count: int, prefix: str, password: str) -> None:
    """Create COUNT accounts PREFIX1, PREFIX2, … that share one password, for load tests."""
    profiles = [Profile(f"{prefix}{n}", f"{prefix} {n}") for n in range(1, count + 1)]
    created = _create(profiles, password)
    click.echo(f"{_count(len(created), 'account')} created, {count - len(created)} there already")


@click.command("reset-streams")
@with_appcontext
def reset_streams() -> None:
    """Give all clients a reset, after a restore that the service cannot notice by itself."""
    service().database.leap()
    click.echo("Every stream gets a reset within seconds; later numbers are higher.")


@users.command("reset-link")
@click.argument("name")
@click.option("--address", default="", help="The service's own, as https://duels.example.")
def reset_link(name: str, address: str) -> None:
    """Print a link by which NAME sets a new password: once, within RESET_LINK_SECONDS."""
    secret = service().password_changes.allow_reset(name, service().clock())
    _require_found(secret is not None, name)
    # Behind the #, which browsers send to nobody: the secret reaches no log.
    click.echo(f"{address.rstrip('/')}/reset/#{secret}")


@users.command("link")
@click.argument("django_id")
@click.argument("name")
def link_user(django_id: str, name: str) -> None:
    """Have the tokens of the Django deployment's user DJANGO_ID sign in to the account NAME."""
    outcome = service().django_tokens.link(django_id, name, service().clock())
    _require_found(outcome != "no account", name)
    if outcome == "account is taken":
        raise click.ClickException(f"{name} is linked to another id. Nothing was changed.")
    click.echo(f"{django_id} is {name} here")


@users.command("disable")
@click.argument("name")
def disable_user(name: str) -> None:
    """Sign NAME out everywhere, within a second, and refuse to sign NAME in until it is enabled."""
    _require_found(service().accounts.disable(name, service().clock()), name)
    click.echo(f"{name} is disabled")


@users.command("enable")
@click.argument("name")
def enable_user(name: str) -> None:
    """Let NAME sign in again."""
    _require_found(service().accounts.enable(name), name)
    click.echo(f"{name} is enabled")


def _require_strong(password: str, names: Sequence[str]) -> None:
    weakness = password_policy.weakness(password, *names)
    if weakness:
        text = password_policy.TEXTS[weakness] % {"min_length": password_policy.MIN_LENGTH}
        raise click.ClickException(f"{text} Nobody was created.")


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole if whole else 0:.0f} %"


def _require_found(is_found: bool, name: str) -> None:
    if not is_found:
        raise click.ClickException(f"There is no account named {name}.")


def _import(path: Path) -> None:
    try:
        file = read(path)
        done = service().question_bank.import_file(file)
    except BadQuestionFile as error:
        problems = "\n  ".join(error.problems)
        raise click.ClickException(
            f"{_described(path, error.separator)}: nothing was imported,"
            f" {len(error.problems)} to correct:\n  {problems}"
        ) from None
    click.echo(
        f"{_described(path, file.separator)}: {_count(done.added, 'question')} added,"
        f" {done.changed} changed, {done.unchanged} unchanged"
    )
    images = [question.image for question in file.questions if question.image]
    for host in hosts_not_shown(images, service().settings.image_hosts):
        click.echo(f"The service's own pages show no images of {host}: name it in IMAGE_HOSTS.")


def _described(path: Path, separator: str | None) -> str:
    """Name a file, and for a table what was taken for the separator of its cells."""
    return f"{path.name} (cells separated by {separator})" if separator else path.name


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def _create(profiles: Sequence[Profile], password: str) -> list[str]:
    for profile in profiles:
        if not usernames.is_allowed(profile.username):
            raise click.ClickException(
                f"{profile.username!r} cannot be a username; nobody was created."
            )
    return service().accounts.create_missing(profiles, password, service().clock())
