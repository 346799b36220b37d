"""The two accounts of a fresh installation, with which one person can play both sides."""

from collections.abc import Callable

from sqlalchemy import Connection

from qader_sse.store import accounts
from qader_sse.store.accounts import Profile

DEMO_PASSWORD = "demo-pass-1"  # noqa: S105 # nosec B105  # shown on the page, on purpose
DEMO_ACCOUNTS = (
    Profile("sara", "سارة", grade="الثالث الثانوي"),
    Profile("fahad", "فهد", grade="الثالث الثانوي"),
)


def usable(connection: Connection, is_demo: Callable[[str], bool]) -> list[str]:
    """Return the usernames of the demo accounts that anybody can sign in to.

    In production the usernames may belong to other people. So an account counts only if its password
    hash is one of the demo password, as `is_demo` says, which nobody else can choose.
    """
    found = [accounts.by_username(connection, demo.username) for demo in DEMO_ACCOUNTS]
    return [
        account.player.username
        for account in found
        if account and not account.disabled_at and is_demo(account.password_hash)
    ]
