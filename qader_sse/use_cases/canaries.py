"""Signing the canary in and out, and having an event come on its streams: for `flask doctor`."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from qader_sse.domain import canary
from qader_sse.store import accounts, secret_tokens, sessions
from qader_sse.store.accounts import Account, Profile
from qader_sse.store.database import Database, Transaction
from qader_sse.store.retries import retried

# However long the command takes, and also if it is killed, the session ends by itself.
LIFETIME_SECONDS = 600


@dataclass(frozen=True, slots=True)
class CanarySession:
    """A session of the canary. Its token is what a browser has in its cookie."""

    id: str
    token: str


class Canaries:
    """The canary's account has no password, and is disabled whenever no doctor runs."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @retried
    def sign_in(self, now: datetime) -> CanarySession:
        """Open a session of the canary, whose account is created at the first time."""
        token = secret_tokens.new()
        opened = CanarySession(secret_tokens.hashed(token), token)
        ends_at = now + timedelta(seconds=LIFETIME_SECONDS)
        with self._database.transaction() as tx:
            account = _account(tx, now)
            accounts.set_disabled(tx.connection, account.id, None)
            sessions.open_for_token(tx.connection, opened.id, account.id, now, ends_at, "doctor")
        return opened

    @retried
    def sign_out(self, session_id: str, now: datetime) -> None:
        """End a session, and with it its streams; with the last one, disable the account."""
        longest_ago = now - timedelta(seconds=LIFETIME_SECONDS)
        with self._database.transaction() as tx:
            account = _account(tx, now)
            sessions.end(tx, "signed_out", now, session_id)
            if not sessions.open_of(tx.connection, account.id, now, longest_ago):
                accounts.set_disabled(tx.connection, account.id, now)

    @retried
    def ring(self, user_id: int, now: datetime) -> int:
        """Have an event come on the canary's streams; return its number there."""
        with self._database.transaction() as tx:
            (event,) = tx.append([canary.ring(user_id)], now)
            return event.seq


def _account(tx: Transaction, now: datetime) -> Account:
    profile = Profile(canary.USERNAME, "Canary")
    accounts.insert_missing(tx.connection, [profile], "", now)
    account = accounts.by_username(tx.connection, canary.USERNAME)
    assert account is not None  # noqa: S101 # nosec B101  # for the type checker: it was just created
    accounts.set_profile(tx.connection, account.id, {"listed_online": False})
    return account
