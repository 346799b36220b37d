"""Blocking: whoever is blocked can neither invite nor meet the one who blocks, and cannot tell.

Their invites are answered as always, and look like invites that nobody answers: the one who blocks
never sees them. A duel in which both are already goes on to its end.
"""

from contextlib import suppress
from datetime import datetime

from qader_sse.domain.challenge import Player
from qader_sse.domain.events import creation_topic
from qader_sse.domain.violations import (
    BlocksOneself,
    RuleViolation,
    TooManyBlocked,
)
from qader_sse.store import accounts, blocks, event_log
from qader_sse.store.database import Database
from qader_sse.store.retries import retried
from qader_sse.use_cases.challenges import ChallengeUseCases

# So many that nobody needs more, and so few that a list of all is one answer.
MAX_BLOCKED = 500


class BlockUseCases:
    def __init__(self, database: Database, challenges: ChallengeUseCases) -> None:
        self._database = database
        self._challenges = challenges

    def block(self, user_id: int, username: str, now: datetime) -> None:
        """Block somebody, and withdraw one's own invites to them.

        Once more, it withdraws what an earlier attempt left. Raises UnknownPlayer, BlocksOneself,
        TooManyBlocked.
        """
        for challenge_id in self._block(user_id, username, now):
            with suppress(RuleViolation):  # accepted or expired in this moment
                self._challenges.cancel(challenge_id, user_id, now)

    @retried
    def unblock(self, user_id: int, username: str) -> None:
        """Undo a block, if there is one. Raises UnknownPlayer."""
        with self._database.transaction() as tx:
            blocks.remove(tx.connection, user_id, accounts.named(tx.connection, username).id)

    def blocked(self, user_id: int) -> list[Player]:
        with self._database.autocommit() as connection:
            return blocks.blocked_players(connection, user_id)

    @retried
    def _block(self, user_id: int, username: str, now: datetime) -> list[int]:
        with self._database.transaction() as tx:
            other_id = accounts.named(tx.connection, username).id
            if other_id == user_id:
                raise BlocksOneself
            # No invite or search of either of the two can begin before this and end after it.
            event_log.lock_all(tx.connection, map(creation_topic, (user_id, other_id)))
            if not blocks.has_blocked(tx.connection, user_id, other_id):
                if blocks.count(tx.connection, user_id) >= MAX_BLOCKED:
                    raise TooManyBlocked
                blocks.add(tx.connection, user_id, other_id, now)
            return blocks.open_invites(tx.connection, user_id, other_id)
