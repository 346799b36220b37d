"""What can be done with accounts and their sessions: registering, signing in and out.

Views and commands call these, and open no transactions themselves.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from qader_sse.domain.challenge import Player
from qader_sse.domain.violations import (
    SessionNotFound,
    UsernameLooksTaken,
    UsernameTaken,
    WrongCredentials,
)
from qader_sse.store import accounts, secret_tokens, sessions
from qader_sse.store.accounts import Profile
from qader_sse.store.database import Database, Transaction
from qader_sse.store.retries import retried
from qader_sse.use_cases.passwords import Passwords


@dataclass(frozen=True, slots=True)
class NewSession:
    """A session that was just opened, and its user."""

    player: Player
    token: str
    opened_at: datetime
    # Of the session's first refresh token, for a client that gets tokens.
    refresh_id: str

    @property
    def id(self) -> str:
        return secret_tokens.hashed(self.token)


class AccountUseCases:
    """Each method is one action, and changes the database in at most one transaction.

    `earlier_id` names the session that the browser has until now. It is ended, because the
    browser forgets it, and its streams must not go on for another person. `source` is where the
    request comes from: passwords are hashed in fair turns, and TooManyWaiting may be raised.
    `device` says in words from which browser; its owner sees it in the list of their sessions.
    """

    def __init__(self, database: Database, passwords: Passwords) -> None:
        self._database = database
        self._passwords = passwords

    @retried
    def register(
        self,
        profile: Profile,
        password: str,
        earlier_id: str | None,
        now: datetime,
        source: str = "",
        device: str | None = None,
    ) -> NewSession:
        """Create an account and sign it in. Raises UsernameTaken, UsernameLooksTaken."""
        password_hash = self._passwords.hash(password, source)
        with self._database.transaction() as tx:
            is_new = accounts.insert_missing(tx.connection, [profile], password_hash, now)
            account = accounts.by_username(tx.connection, profile.username)
            if account is None:
                raise UsernameLooksTaken
            if not is_new:
                raise UsernameTaken
            return _open_session(tx, account.player, earlier_id, now, device)

    @retried
    def sign_in(
        self,
        login: str,
        password: str,
        earlier_id: str | None,
        now: datetime,
        source: str = "",
        device: str | None = None,
    ) -> NewSession:
        """Open a session, by username or e-mail address. Raises WrongCredentials, for a disabled account as well."""
        with self._database.autocommit() as connection:
            account = accounts.by_login(connection, login)
        password_hash = account.password_hash if account else None
        is_right = self._passwords.matches(password_hash, password, source)
        if account is None or not is_right:
            raise WrongCredentials
        with self._database.transaction() as tx:
            # Hashing takes a while: the account may have been disabled meanwhile, or its password
            # changed, because somebody else knows this one.
            account = accounts.held(tx.connection, account.id)
            if account is None or account.disabled_at or account.password_hash != password_hash:
                raise WrongCredentials
            return _open_session(tx, account.player, earlier_id, now, device)

    @retried
    def sign_out(self, session_id: str, now: datetime) -> None:
        """End one session, and with it its streams."""
        with self._database.transaction() as tx:
            sessions.end(tx, "signed_out", now, session_id)

    @retried
    def end_session(self, session_id: str, user_id: int, now: datetime) -> None:
        """End one of a user's own sessions. Raises SessionNotFound."""
        with self._database.transaction() as tx:
            if not sessions.end_own(tx, now, session_id, user_id):
                raise SessionNotFound

    @retried
    def end_other_sessions(self, kept_id: str, user_id: int, now: datetime) -> int:
        """End all of a user's sessions but this one; return how many were open."""
        with self._database.transaction() as tx:
            return sessions.end_others(tx, "signed_out", now, user_id, kept_id)

    @retried
    def change_profile(self, user_id: int, changes: Mapping[str, object]) -> None:
        """Change names and grade, and whether others see this user in the list of who is online."""
        with self._database.transaction() as tx:
            accounts.set_profile(tx.connection, user_id, changes)


def _open_session(
    tx: Transaction, player: Player, earlier_id: str | None, now: datetime, device: str | None
) -> NewSession:
    if earlier_id is not None:
        sessions.end(tx, "signed_out", now, earlier_id)
    refresh_id = secret_tokens.new()
    token = sessions.open_new(tx.connection, player.id, now, device, refresh_id)
    return NewSession(player, token, now, refresh_id)
