"""Two people who want the same duel at the same time meet in one challenge."""

from datetime import datetime, timedelta

from qader_sse.domain import rules
from qader_sse.domain.challenge import Challenge
from qader_sse.domain.challenge_types import ChallengeType
from qader_sse.domain.time_limits import TimeLimits
from qader_sse.store import open_challenges
from qader_sse.store.database import Transaction
from qader_sse.store.open_challenges import OpenChallenge
from qader_sse.use_cases.challenge_repository import ChallengeRepository
from qader_sse.use_cases.duel_shares import DuelShares


class Meeting:
    """Joins what two people have already begun with each other.

    Its caller has locked what the two create, so that neither begins anything for the other one
    meanwhile.
    """

    def __init__(
        self, repository: ChallengeRepository, shares: DuelShares, limits: TimeLimits
    ) -> None:
        self._repository = repository
        self._shares = shares
        self._limits = limits

    def join(
        self,
        tx: Transaction,
        user_id: int,
        other_id: int,
        kind: ChallengeType,
        now: datetime,
        finished: Challenge | None = None,
    ) -> Challenge | None:
        """Return the user's pending invite to the other one; or accept theirs; or return None.

        With `finished`, a duel of the two, also return a later one that they are in already.
        """
        invited_since = now - timedelta(seconds=self._limits.invite_seconds)
        since = min(invited_since, finished.created_at) if finished else invited_since
        found = open_challenges.of_both(tx.connection, kind.key, (user_id, other_id), since, now)

        def comes_first(one: OpenChallenge) -> tuple[bool, bool]:
            return one.status == "pending_invite", one.challenger_id == user_id

        for one in sorted(found, key=comes_first):
            is_agreed = one.status != "pending_invite"
            if is_agreed and (finished is None or one.id < finished.id):
                continue
            challenge = self._repository.lock(tx, one.id)
            if challenge.status != one.status:
                continue  # between the query and this lock, somebody has acted on it
            if is_agreed or one.challenger_id == user_id:
                return challenge
            accepted = rules.accept(challenge, user_id, now, self._limits)
            self._shares.require_begin(tx, accepted, user_id, now)
            return self._repository.store(tx, challenge, accepted, now)
        return None

    def get_ready(
        self, tx: Transaction, challenge: Challenge, user_id: int, now: datetime
    ) -> Challenge:
        ready = rules.ready(challenge, user_id, now, self._limits)
        return self._repository.store(tx, challenge, ready, now)
