"""Bounds invites and duels, within the transactions of the use cases that create and accept them."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from qader_sse.domain import duel_limits
from qader_sse.domain.challenge import Challenge
from qader_sse.domain.duel_limits import DuelLimits, RecentChallenge
from qader_sse.domain.time_limits import TimeLimits
from qader_sse.domain.violations import LimitReached
from qader_sse.store import recent_challenges
from qader_sse.store.database import Transaction


class DuelShares:
    """Each method is one or two statements; without limits, none.

    Two that begin a challenge at the same moment may both pass: a limit may be exceeded by as many
    as one person has open at the same time.
    """

    def __init__(self, limits: DuelLimits | None, times: TimeLimits) -> None:
        self._limits = limits
        self._reach = duel_limits.reach(times)

    def require_invite(
        self, tx: Transaction, user_id: int, opponent_id: int, challenge_type: str, now: datetime
    ) -> None:
        """Refuse an invite too many, or one for a duel that its sender may not begin now."""
        if self._limits is None:
            return
        recent = self._recent(tx, (user_id, opponent_id), now)
        duel_limits.require_invite(recent, self._limits, user_id, opponent_id, now)
        duel_limits.require_not_too_often(recent, self._limits, {user_id, opponent_id}, now)
        self._require_questions(tx, recent, challenge_type, user_id, (user_id,), now)

    def require_search(
        self, tx: Transaction, user_id: int, challenge_type: str, now: datetime
    ) -> None:
        """Refuse a search for a duel that the seeker may not begin now."""
        if self._limits is not None:
            recent = self._recent(tx, (user_id,), now)
            self._require_questions(tx, recent, challenge_type, user_id, (user_id,), now)

    def require_begin(
        self, tx: Transaction, challenge: Challenge, user_id: int, now: datetime
    ) -> None:
        """Refuse the duel of these two, which this user is about to accept."""
        if self._limits is None:
            return
        players = challenge.player_ids
        recent = self._recent(tx, players, now)
        duel_limits.require_not_too_often(recent, self._limits, set(players), now)
        self._require_questions(tx, recent, challenge.kind.key, user_id, players, now)

    def allow_match(
        self, tx: Transaction, waiting: Challenge, seeker_id: int, now: datetime
    ) -> bool:
        """Return whether the seeker and the one who waits may begin another duel now."""
        if self._limits is None:
            return True
        players = (waiting.challenger.id, seeker_id)
        recent = self._recent(tx, players, now)
        try:
            duel_limits.require_not_too_often(recent, self._limits, set(players), now)
            self._require_questions(tx, recent, waiting.kind.key, seeker_id, players, now)
        except LimitReached:
            return False
        return True

    def _recent(
        self, tx: Transaction, user_ids: Collection[int], now: datetime
    ) -> list[RecentChallenge]:
        return recent_challenges.of(tx.connection, user_ids, now - self._reach)

    def _require_questions(
        self,
        tx: Transaction,
        recent: Sequence[RecentChallenge],
        challenge_type: str,
        acting_id: int,
        players: Collection[int],
        now: datetime,
    ) -> None:
        most = self._most(tx, recent, challenge_type, players, now)
        duel_limits.require_questions_left(recent, challenge_type, most, acting_id, now)

    def _most(
        self,
        tx: Transaction,
        recent: Sequence[RecentChallenge],
        challenge_type: str,
        players: Collection[int],
        now: datetime,
    ) -> dict[int, int]:
        """Return how many questions each of the players may be shown in an hour."""
        limits = self._limits
        if limits is None:
            return {}
        of_new = limits.new_account_questions_per_hour
        # Only of those whom it may concern is it read whether their accounts are new.
        near = [
            user_id
            for user_id in players
            if duel_limits.number_of_questions(
                [challenge_type]
                + [c.challenge_type for c in duel_limits.shown_to(recent, user_id, now)]
            )
            > of_new
        ]
        if not near:
            return {}
        new_since = now - timedelta(seconds=limits.new_account_seconds)
        new = recent_challenges.new_accounts(tx.connection, near, new_since)
        return {
            user_id: of_new if user_id in new else limits.questions_per_hour for user_id in near
        }
