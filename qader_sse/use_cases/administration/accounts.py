"""What operators do with accounts and sessions of others. Each change is recorded with itself."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from qader_sse.domain.acts import Act
from qader_sse.domain.events import user_topic
from qader_sse.domain.violations import SessionNotFound, UsernameTaken
from qader_sse.store import account_search, accounts, audit, sessions
from qader_sse.store.account_search import FoundAccount
from qader_sse.store.accounts import Profile
from qader_sse.store.database import Database
from qader_sse.store.retries import retried
from qader_sse.store.sessions import OpenSession
from qader_sse.use_cases.challenge_repository import ChallengeRepository
from qader_sse.use_cases.passwords import Passwords


class AccountAdministration:
    """Each method is one transaction. What names a person raises UnknownPlayer if nobody has the name."""

    def __init__(
        self,
        database: Database,
        passwords: Passwords,
        repository: ChallengeRepository,
        session_seconds: float,
    ) -> None:
        self._database = database
        self._passwords = passwords
        self._repository = repository
        self._session_lifetime = timedelta(seconds=session_seconds)

    def find(self, text: str, limit: int) -> list[FoundAccount]:
        """Return the accounts with this id, or this text in their names or e-mail addresses."""
        with self._database.read_transaction() as connection:
            return account_search.find(connection, text, limit)

    def taken(self, names: Sequence[str]) -> list[str]:
        """Return those of these usernames that nobody can get any more."""
        with self._database.read_transaction() as connection:
            return [name for name in names if accounts.is_taken(connection, name)]

    @retried
    def create(self, profiles: Sequence[Profile], password: str, act: Act) -> None:
        """Create all of these accounts, with one password. Raises UsernameTaken; then none is."""
        password_hash = self._passwords.hash(password)
        with self._database.transaction() as tx:
            created = accounts.insert_missing(tx.connection, profiles, password_hash, act.at)
            if len(created) < len(profiles):
                raise UsernameTaken
            found = (accounts.named(tx.connection, profile.username) for profile in profiles)
            audit.record_each(tx.connection, act, [user_topic(account.id) for account in found])

    def create_missing(self, profiles: Sequence[Profile], password: str, act: Act) -> list[str]:
        """Create the accounts whose usernames are free, with one password; return the names."""
        with self._database.read_transaction() as connection:
            if all(accounts.by_username(connection, p.username) for p in profiles):
                return []
        # One hash for all: 2,000 accounts would otherwise take two minutes of computing.
        password_hash = self._passwords.hash(password)
        with self._database.transaction() as tx:
            created = accounts.insert_missing(tx.connection, profiles, password_hash, act.at)
            audit.record(tx.connection, act, "users", created=len(created))
        return created

    @retried
    def disable(self, username: str, act: Act) -> int:
        """Disable an account, end its search and all its sessions; return how many were open."""
        with self._database.transaction() as tx:
            account = accounts.named(tx.connection, username)
            if account.disabled_at is None:
                accounts.set_disabled(tx.connection, account.id, act.at)
            self._repository.end_searches(tx, [account.id], act.at)
            ended = sessions.end_all(tx, "disabled", act.at, account.id)
            audit.record(tx.connection, act, user_topic(account.id), ended_sessions=ended)
            return ended

    @retried
    def enable(self, username: str, act: Act) -> None:
        """Let an account sign in again."""
        with self._database.transaction() as tx:
            account = accounts.named(tx.connection, username)
            accounts.set_disabled(tx.connection, account.id, None)
            audit.record(tx.connection, act, user_topic(account.id))

    @retried
    def rename(self, username: str, new_name: str, act: Act) -> None:
        """Give an account another username. Raises UsernameTaken, also if it only looks so."""
        with self._database.transaction() as tx:
            account = accounts.named(tx.connection, username)
            if not accounts.set_username(tx.connection, account.id, new_name):
                raise UsernameTaken
            names = {"before": account.player.username, "after": new_name}
            audit.record(tx.connection, act, user_topic(account.id), **names)

    def sessions_of(self, username: str, now: datetime) -> list[OpenSession]:
        """Return a person's open sessions, the newest first."""
        with self._database.read_transaction() as connection:
            account = accounts.named(connection, username)
            opened_after = now - self._session_lifetime
            return sessions.open_of(connection, account.id, now, opened_after)

    @retried
    def end_session(self, username: str, session_id: str, act: Act) -> None:
        """End one session of a person, and its streams. Raises SessionNotFound."""
        with self._database.transaction() as tx:
            account = accounts.named(tx.connection, username)
            if not sessions.end_own(tx, act.at, session_id, account.id):
                raise SessionNotFound
            audit.record(tx.connection, act, user_topic(account.id), session_id=session_id)

    @retried
    def end_sessions(self, username: str, act: Act) -> int:
        """End all sessions of a person, and their streams; return how many were open."""
        with self._database.transaction() as tx:
            account = accounts.named(tx.connection, username)
            ended = sessions.end_all(tx, "signed_out", act.at, account.id)
            audit.record(tx.connection, act, user_topic(account.id), ended_sessions=ended)
            return ended
