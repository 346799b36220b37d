"""What a person can ask for: all that is stored about them, or that it is erased."""

from contextlib import suppress
from typing import Any

from qader_sse.domain import early_end
from qader_sse.domain.acts import Act
from qader_sse.domain.events import Event, user_topic
from qader_sse.domain.presenters import UnknownEvent, Viewer, message
from qader_sse.store import (
    accounts,
    audit,
    logged_events,
    personal_data,
    session_cache,
    sessions,
)
from qader_sse.store.database import Database, Transaction
from qader_sse.store.retries import retried
from qader_sse.use_cases.challenge_repository import ChallengeRepository

_MOST_NOTIFICATIONS = 100_000


class PersonalData:
    """Both raise UnknownPlayer if nobody has the name."""

    def __init__(self, database: Database, repository: ChallengeRepository) -> None:
        self._database = database
        self._repository = repository

    @retried
    def export(self, username: str, act: Act) -> dict[str, Any]:
        """Return all that is stored about a person, and record that it was handed out."""
        with self._database.transaction() as tx:
            account = accounts.named(tx.connection, username)
            audit.record(tx.connection, act, user_topic(account.id))
            found = personal_data.read(tx.connection, account.id)
            return found | {"notifications": _notifications(tx, account.id)}

    def erase(self, username: str, act: Act) -> tuple[str, int]:
        """Erase a person; return the name that is left, and how many challenges this has ended.

        First they can do nothing more, then what they have begun is ended as if they had left it.
        What is in the logs of their challenges and in others' notifications is deleted with these,
        after their retention. If it fails on the way, it can be done again.
        """
        user_id = self._shut_out(username, act)
        session_cache.wait_until_ends_are_known()
        with self._database.read_transaction() as connection:
            still_open = personal_data.open_challenges(connection, user_id)
        for challenge_id in still_open:
            self._withdraw(challenge_id, user_id, act)
        return self._erase(user_id), len(still_open)

    @retried
    def _shut_out(self, username: str, act: Act) -> int:
        with self._database.transaction() as tx:
            account = accounts.named(tx.connection, username)
            accounts.set_disabled(tx.connection, account.id, account.disabled_at or act.at)
            sessions.end_all(tx, "disabled", act.at, account.id)
            audit.record(tx.connection, act, user_topic(account.id))
            return account.id

    @retried
    def _withdraw(self, challenge_id: int, user_id: int, act: Act) -> None:
        with self._database.transaction() as tx:
            before = self._repository.lock(tx, challenge_id)
            after = early_end.withdraw(before, user_id, act.at)
            self._repository.store(tx, before, after, act.at)

    @retried
    def _erase(self, user_id: int) -> str:
        with self._database.transaction() as tx:
            return personal_data.erase(tx.connection, user_id)


def _notifications(tx: Transaction, user_id: int) -> list[dict[str, Any]]:
    """Return what the person was told, as they were told it."""
    topic, viewer = user_topic(user_id), Viewer(user_id, "en")
    told = []
    for event, fact in logged_events.after(tx.connection, topic, 0, _MOST_NOTIFICATIONS):
        with suppress(UnknownEvent):
            said = message(Event(topic, event.seq, event.type, fact), viewer)
            told.append({"at": event.committed_at, **said})
    return told
