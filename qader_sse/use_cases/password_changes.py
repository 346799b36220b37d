"""A new password in place of the present one: by its owner, or by a link that an operator gives."""

from datetime import datetime, timedelta

from qader_sse.domain.acts import Act
from qader_sse.domain.events import user_topic
from qader_sse.domain.violations import ResetLinkRefused, WrongOldPassword
from qader_sse.store import accounts, audit, password_resets, sessions
from qader_sse.store.accounts import Account
from qader_sse.store.database import Database
from qader_sse.store.retries import retried
from qader_sse.use_cases.passwords import Passwords


class PasswordChanges:
    """Each method is one action. Passwords are hashed in fair turns: see `passwords`."""

    def __init__(self, database: Database, passwords: Passwords, reset_link_seconds: float) -> None:
        self._database = database
        self._passwords = passwords
        self._reset_link_seconds = reset_link_seconds

    @retried
    def change(
        self,
        user_id: int,
        session_id: str,
        old_password: str,
        new_password: str,
        now: datetime,
        source: str = "",
    ) -> int:
        """Replace the password and end all other sessions; return how many were open.

        Whoever changes it may do so because somebody else knows the old one, and is signed in by
        it. Raises WrongOldPassword.
        """
        with self._database.autocommit() as connection:
            before = accounts.by_id(connection, user_id)
        old_hash = before.password_hash if before else None
        if not self._passwords.matches(old_hash, old_password, source):
            raise WrongOldPassword
        new_hash = self._passwords.hash(new_password, source)
        with self._database.transaction() as tx:
            # Hashing takes a while: the password may have been changed elsewhere meanwhile.
            account = accounts.by_id(tx.connection, user_id)
            if account is None or account.password_hash != old_hash:
                raise WrongOldPassword
            accounts.set_password(tx.connection, user_id, new_hash)
            password_resets.forget(tx.connection, user_id)
            return sessions.end_others(tx, "password_changed", now, user_id, session_id)

    @retried
    def allow_reset(self, username: str, act: Act) -> str:
        """Return the secret of a link that resets a password once. Raises UnknownPlayer.

        Earlier links of the same person are void.
        """
        expires_at = act.at + timedelta(seconds=self._reset_link_seconds)
        with self._database.transaction() as tx:
            account = accounts.named(tx.connection, username)
            audit.record(tx.connection, act, user_topic(account.id))
            return password_resets.create(tx.connection, account.id, expires_at)

    def owner_of_link(self, secret: str, now: datetime) -> Account:
        """Return the account whose password a link resets. Raises ResetLinkRefused."""
        with self._database.read_transaction() as connection:
            user_id = password_resets.owner(connection, secret, now)
            account = None if user_id is None else accounts.by_id(connection, user_id)
        if account is None:
            raise ResetLinkRefused
        return account

    @retried
    def reset(self, secret: str, new_password: str, now: datetime, source: str = "") -> int:
        """Set a new password and end all sessions; return how many. Raises ResetLinkRefused."""
        self.owner_of_link(secret, now)  # before the hash: without a link nobody has one computed
        new_hash = self._passwords.hash(new_password, source)
        with self._database.transaction() as tx:
            user_id = password_resets.take(tx.connection, secret, now)
            if user_id is None:
                raise ResetLinkRefused
            accounts.set_password(tx.connection, user_id, new_hash)
            return sessions.end_all(tx, "password_changed", now, user_id)
