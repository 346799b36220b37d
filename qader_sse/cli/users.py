"""`flask --app wsgi users …`: accounts, and what a person can ask for."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import click

from qader_sse.cli.acting import acting
from qader_sse.cli.files import NEW_FILE, write_new
from qader_sse.cli.output import CommandGroup, Report, as_json, counted, require_consent, table
from qader_sse.cli.people import account_of
from qader_sse.domain import password_policy, usernames
from qader_sse.domain.acts import Act
from qader_sse.domain.violations import UsernameTaken
from qader_sse.service import service
from qader_sse.store.accounts import Profile
from qader_sse.store.django_users import is_id
from qader_sse.store.session_models import MAX_DJANGO_ID

users = CommandGroup("users", help="Accounts.")


@users.command("find")
@click.argument("text", default="")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True)
def find_users(text: str, limit: int) -> Report:
    """List the accounts with the id TEXT, or with TEXT in their names or e-mail addresses."""
    found = service().administration.accounts.find(text, limit)
    columns = ("id", "username", "full name", "e-mail", "created", "disabled", "last session")
    rows = (
        (a.id, a.username, a.full_name, a.email, a.created_at, a.disabled_at, a.last_session_at)
        for a in found
    )
    lines = table(columns, rows) or ["Nobody was found."]
    return Report({"users": [asdict(account) for account in found]}, lines)


@users.command("create")
@click.argument("names", nargs=-1, required=True)
@click.option("--password", help="Asked for, twice, when it is not given.")
@acting
def create_users(names: Sequence[str], password: str | None, act: Act) -> Report:
    """Create an account for each NAME; if one cannot be, none is."""
    _require_allowed(names)
    _require_free(names)  # first: whoever types a password has a use for it
    if password is None:
        password = _asked_for()
    _require_strong(password, names)
    try:
        profiles = [Profile(name, name) for name in names]
        service().administration.accounts.create(profiles, password, act)
    except UsernameTaken:  # by somebody who registered meanwhile, or two of the names look alike
        raise click.ClickException(
            "One of these names is taken, or two look alike. Nobody was created."
        ) from None
    return Report({"created": list(names)}, [f"{name}: created" for name in names])


@users.command("seed")
@click.option("--count", type=click.IntRange(1, 100_000), required=True)
@click.option("--prefix", default="loaduser", show_default=True)
@click.option("--password", required=True)
@acting
def seed_users(count: int, prefix: str, password: str, act: Act) -> Report:
    """Create COUNT accounts PREFIX1, PREFIX2, … that share one password, for load tests."""
    names = [f"{prefix}{n}" for n in range(1, count + 1)]
    _require_allowed(names)
    profiles = [Profile(name, f"{prefix} {n}") for n, name in enumerate(names, 1)]
    created = len(service().administration.accounts.create_missing(profiles, password, act))
    line = f"{counted(created, 'account')} created, {count - created} there already"
    return Report({"created": created, "there": count - created}, [line])


@users.command("reset-link")
@click.argument("name")
@click.option("--address", default="", help="The service's own, as https://duels.example.")
@acting
def reset_link(name: str, address: str, act: Act) -> Report:
    """Print a link by which NAME sets a new password: once, within RESET_LINK_SECONDS."""
    with account_of(name):
        secret = service().password_changes.allow_reset(name, act)
    # Behind the #, which browsers send to nobody: the secret reaches no log.
    link = f"{address.rstrip('/')}/reset/#{secret}"
    return Report({"link": link}, [link])


@users.command("link")
@click.argument("django_id")
@click.argument("name")
@acting
def link_user(django_id: str, name: str, act: Act) -> Report:
    """Have the tokens of the Django deployment's user DJANGO_ID sign in to the account NAME."""
    if not is_id(django_id):
        raise click.ClickException(
            f"An id has 1 to {MAX_DJANGO_ID} characters that can be printed. Nothing was changed."
        )
    with account_of(name):
        is_linked = service().django_tokens.link(django_id, name, act)
    if not is_linked:
        raise click.ClickException(f"{name} is linked to another id. Nothing was changed.")
    return Report({"django_id": django_id, "username": name}, [f"{django_id} is {name} here"])


@users.command("disable")
@click.argument("name")
@acting
def disable_user(name: str, act: Act) -> Report:
    """Sign NAME out everywhere, within a second, and refuse to sign NAME in until it is enabled."""
    with account_of(name):
        ended = service().administration.accounts.disable(name, act)
    return Report({"username": name, "ended_sessions": ended}, [f"{name} is disabled"])


@users.command("enable")
@click.argument("name")
@acting
def enable_user(name: str, act: Act) -> Report:
    """Let NAME sign in again."""
    with account_of(name):
        service().administration.accounts.enable(name, act)
    return Report({"username": name}, [f"{name} is enabled"])


@users.command("rename")
@click.argument("name")
@click.argument("new_name")
@acting
def rename_user(name: str, new_name: str, act: Act) -> Report:
    """Give NAME the username NEW_NAME; sessions go on, and the old name is free at once."""
    _require_allowed([new_name])
    try:
        with account_of(name):
            service().administration.accounts.rename(name, new_name, act)
    except UsernameTaken:
        raise click.ClickException(
            f"{new_name} is taken, or looks like a name that is. Nothing was changed."
        ) from None
    line = f"{name} is {new_name} now, and signs in by that name"
    return Report({"before": name, "after": new_name}, [line])


@users.command("export")
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


@users.command("erase")
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


def _asked_for() -> str:
    try:
        answer: str = click.prompt(
            "Password", hide_input=True, confirmation_prompt="Repeat for confirmation", err=True
        )
    except click.Abort:  # nobody is there to answer
        raise click.ClickException(
            "No password was given, by --password or when asked. Nobody was created."
        ) from None
    return answer


def _require_free(names: Sequence[str]) -> None:
    if taken := service().administration.accounts.taken(names):
        there = "is taken, or looks" if len(taken) == 1 else "are taken, or look"
        raise click.ClickException(
            f"{', '.join(taken)} {there} like a name that is. Nobody was created."
        )


def _require_allowed(names: Sequence[str]) -> None:
    for name in names:
        if not usernames.is_allowed(name):
            raise click.ClickException(f"{name!r} cannot be a username. Nothing was changed.")


def _require_strong(password: str, names: Sequence[str]) -> None:
    weakness = password_policy.weakness(password, *names)
    if weakness:
        text = password_policy.TEXTS[weakness] % {"min_length": password_policy.MIN_LENGTH}
        raise click.ClickException(f"{text} Nobody was created.")
