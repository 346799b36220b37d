"""`flask --app wsgi limits …`: how much of their share a person or an address has used."""

from dataclasses import asdict

import click

from qader_sse.cli.acting import acting
from qader_sse.cli.output import CommandGroup, Report, table
from qader_sse.cli.people import account_of
from qader_sse.domain import usernames
from qader_sse.domain.acts import Act
from qader_sse.domain.events import user_topic
from qader_sse.limits.networks import network_of, parsed
from qader_sse.limits.subjects import Subject
from qader_sse.service import service

limits = CommandGroup("limits", help="How much of their share somebody has used.")

_ALONE = (
    "Without Redis, or while it is away, each worker counts for itself, and no command sees or"
    " changes that."
)
_USER = click.option("--user", metavar="NAME", help="This account.")
_ADDRESS = click.option("--address", help="This IP address; of IPv6 its /64 network counts.")


@limits.command("show")
@_USER
@_ADDRESS
def show_limits(user: str | None, address: str | None) -> Report:
    """Say what --user, --address, or both together have used of each limit."""
    subject = _subject(user, address)
    found, now = service(), service().clock()
    used = []
    if subject.user_id is not None:
        of_duels = found.administration.limits.used(subject.user_id, now)
        used += [asdict(one) | {"seconds": 0.0} for one in of_duels]
    is_shared = found.shares.is_shared
    for limit, key in subject.limits() if is_shared else ():
        left, most = found.shares.look(limit, *key), found.shares.most(limit)
        name, count = limit.setting.upper(), most - left.count
        seconds = round(left.seconds, 1) if left.count < 1 else 0.0
        used.append({"setting": name, "used": count, "most": most, "seconds": seconds})
    rows = ((u["setting"], u["used"], u["most"], u["seconds"] or None) for u in used)
    lines = table(("limit", "used", "of", "seconds to wait"), rows)
    if not found.settings.fair_shares:
        lines.append("Nothing is limited: FAIR_SHARES is false.")
    elif not is_shared:
        lines.append(f"Of rates, nothing is known. {_ALONE}")
    return Report({"limits": used, "rates_are_known": is_shared}, lines)


@limits.command("reset")
@_USER
@_ADDRESS
@acting
def reset_limits(user: str | None, address: str | None, act: Act) -> Report:
    """Forget what --user, --address, or both together have used of each rate.

    What is counted from duels and invites stays: it is what has happened.
    """
    subject = _subject(user, address)
    found = service()
    if not found.shares.is_shared:
        raise click.ClickException(f"{_ALONE} Nothing was changed.")
    named = [user_topic(subject.user_id)] if subject.user_id is not None else []
    named += [f"address:{subject.network}"] if subject.network is not None else []
    found.administration.audit_log.note(act, named)
    names = []
    for limit, key in subject.limits():
        if not found.shares.reset(limit, *key):
            raise click.ClickException("Redis went away: try again when it is back.")
        names.append(limit.setting.upper())
    return Report({"reset": names}, [f"{name}: nothing used" for name in names])


def _subject(user: str | None, address: str | None) -> Subject:
    if user is None and address is None:
        raise click.UsageError("Name --user, --address, or both.")
    if address is not None and parsed(address) is None:
        raise click.BadParameter(f"{address} is no IP address.", param_hint="--address")
    network = network_of(address) if address is not None else None
    if user is None:
        return Subject(network=network)
    with account_of(user):
        player = service().administration.limits.player(user)
    return Subject(player.id, usernames.key(player.username), network)
