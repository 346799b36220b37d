"""What operators do with challenges: look at one, follow it move by move, end it."""

from qader_sse.domain import early_end, rules, usernames
from qader_sse.domain.acts import Act
from qader_sse.domain.challenge import Challenge, Player
from qader_sse.domain.duel_replay import Move, moves
from qader_sse.domain.events import challenge_topic
from qader_sse.domain.violations import AlreadyOver, ChallengeNotFound, UnknownPlayer
from qader_sse.store import (
    accounts,
    audit,
    challenge_queries,
    challenges,
    event_log,
    logged_events,
)
from qader_sse.store.challenge_queries import Filters
from qader_sse.store.database import Database
from qader_sse.store.event_log import Bounds
from qader_sse.store.retries import retried
from qader_sse.use_cases.challenge_repository import ChallengeRepository

_MOST_EVENTS = 10_000  # a duel has some fifty; each time somebody goes and comes back adds two


class ChallengeAdministration:
    """What names a challenge raises ChallengeNotFound if there is none."""

    def __init__(self, database: Database, repository: ChallengeRepository) -> None:
        self._database = database
        self._repository = repository

    def of(self, username: str, limit: int) -> tuple[int, list[Challenge]]:
        """Return how many challenges a person sees, and the newest of them. Raises UnknownPlayer."""
        with self._database.read_transaction() as connection:
            account = accounts.named(connection, username)
            return challenge_queries.page(connection, account.id, Filters(), 0, limit)

    def show(self, challenge_id: int) -> tuple[Challenge, Bounds]:
        """Return a challenge with everything that is stored of it, and the bounds of its log."""
        with self._database.read_transaction() as connection:
            found = challenges.load(connection, challenge_id)
            if found is None:
                raise ChallengeNotFound
            return found, event_log.bounds(connection, challenge_topic(challenge_id))

    def replay(self, challenge_id: int) -> list[Move]:
        """Return the moves of a challenge; none if its log was deleted after its retention."""
        with self._database.read_transaction() as connection:
            if challenges.watch_info(connection, challenge_id) is None:
                raise ChallengeNotFound
            topic = challenge_topic(challenge_id)
            return list(moves(logged_events.after(connection, topic, 0, _MOST_EVENTS)))

    @retried
    def end(self, challenge_id: int, reason: str, left: str | None, act: Act) -> Challenge:
        """End a challenge, as its time or, with `left`, that participant's leaving would end it.

        Raises AlreadyOver, CannotLeave, UnknownPlayer.
        """
        with self._database.transaction() as tx:
            before = self._repository.lock(tx, challenge_id)
            player = None if left is None else _player(before, left)
            after = (
                rules.leave(before, player.id, act.at) if player else early_end.end(before, act.at)
            )
            if after == before:
                raise AlreadyOver(before.status)
            said = {"reason": reason, "before": before.status, "left": player and player.id}
            audit.record(tx.connection, act, challenge_topic(challenge_id), **said)
            return self._repository.store(tx, before, after, act.at)


def _player(challenge: Challenge, username: str) -> Player:
    key = usernames.key(username)
    for attempt in challenge.attempts:
        if usernames.key(attempt.player.username) == key:
            return attempt.player
    raise UnknownPlayer
