"""Reading the audit log, and recording what is done outside of the database."""

from collections.abc import Collection
from dataclasses import dataclass

from qader_sse.domain.acts import Act
from qader_sse.domain.events import user_of, user_topic
from qader_sse.store import accounts, audit
from qader_sse.store.audit import Entry, WantedEntries
from qader_sse.store.database import Database
from qader_sse.store.retries import retried


@dataclass(frozen=True, slots=True)
class Named:
    """An entry, with the username that its subject has now, if it is a person."""

    entry: Entry
    username: str | None


class AuditLog:
    def __init__(self, database: Database) -> None:
        self._database = database

    def newest(self, wanted: WantedEntries, limit: int) -> list[Named]:
        """Return the newest entries, the newest first."""
        with self._database.read_transaction() as connection:
            entries = audit.newest(connection, wanted, limit)
            people = {entry.subject: user_of(entry.subject) for entry in entries}
            ids = {found for found in people.values() if found is not None}
            names = accounts.names(connection, ids)
        return [Named(entry, names.get(people[entry.subject] or 0)) for entry in entries]

    def subject(self, text: str) -> str:
        """Return the subject that an operator means: a person by their username, or as it is."""
        with self._database.read_transaction() as connection:
            account = accounts.by_username(connection, text)
        return text if account is None else user_topic(account.id)

    @retried
    def note(self, act: Act, subjects: Collection[str]) -> None:
        """Record what is about to be done where no transaction reaches, as in Redis.

        Before it is done: the log may rather have an entry too many than one too few.
        """
        with self._database.transaction() as tx:
            audit.record_each(tx.connection, act, subjects)
