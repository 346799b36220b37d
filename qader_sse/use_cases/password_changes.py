"""A new password in place of the present one, by its owner."""

from datetime import datetime

from qader_sse.domain.violations import WrongOldPassword
from qader_sse.store import accounts, sessions
from qader_sse.store.database import Database
from qader_sse.store.retries import retried
from qader_sse.use_cases.passwords import Passwords


class PasswordChanges:
    """Each method is one action. Passwords are hashed in fair turns: see `passwords`."""

    def __init__(self, database: Database, passwords: Passwords) -> None:
        self._database = database
        self._passwords = passwords

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
            return sessions.end_others(tx, "password_changed", now, user_id, session_id)
