"""`flask --app wsgi users …`: accounts."""

from collections.abc import Sequence

import click

from qader_sse.cli.output import CommandGroup, counted
from qader_sse.domain import password_policy, usernames
from qader_sse.service import service
from qader_sse.store.accounts import Profile

users = CommandGroup("users", help="Accounts.")


@users.command("create")
@click.argument("names", nargs=-1, required=True)
@click.password_option(help="Asked for when it is not given.")
def create_users(names: Sequence[str], password: str) -> None:
    """Create an account for each NAME."""
    _require_strong(password, names)
    created = create([Profile(name, name) for name in names], password)
    for name in names:
        click.echo(f"{name}: {'created' if name in created else 'there already, left as it is'}")


@users.command("seed")
@click.option("--count", type=click.IntRange(1, 100_000), required=True)
@click.option("--prefix", default="loaduser", show_default=True)
@click.option("--password", required=True)
def seed_users(count: int, prefix: str, password: str) -> None:
    """Create COUNT accounts PREFIX1, PREFIX2, … that share one password, for load tests."""
    profiles = [Profile(f"{prefix}{n}", f"{prefix} {n}") for n in range(1, count + 1)]
    created = create(profiles, password)
    click.echo(f"{counted(len(created), 'account')} created, {count - len(created)} there already")


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


def _require_found(is_found: bool, name: str) -> None:
    if not is_found:
        raise click.ClickException(f"There is no account named {name}.")


def create(profiles: Sequence[Profile], password: str) -> list[str]:
    for profile in profiles:
        if not usernames.is_allowed(profile.username):
            raise click.ClickException(
                f"{profile.username!r} cannot be a username; nobody was created."
            )
    return service().accounts.create_missing(profiles, password, service().clock())
