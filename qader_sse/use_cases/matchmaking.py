"""Matchmaking: which of the waiting challenges a seeker gets."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from qader_sse.domain import match_pauses, rules
from qader_sse.domain.challenge import Challenge
from qader_sse.domain.challenge_types import ChallengeType
from qader_sse.domain.events import matchmaking_topic
from qader_sse.domain.time_limits import TimeLimits
from qader_sse.domain.violations import StillPlaying
from qader_sse.store import event_log, matchmaking, missed_matches
from qader_sse.store.database import Transaction
from qader_sse.store.errors import Conflict
from qader_sse.store.matchmaking import Engagement
from qader_sse.use_cases.challenge_repository import ChallengeRepository
from qader_sse.use_cases.duel_shares import DuelShares

# The most searches considered: enough to find an opponent that the seeker has not just played, few
# enough to be quick.
_MAX_CANDIDATES = 20


class Matchmaking:
    """Finds and locks a waiting challenge, within a transaction of its caller."""

    def __init__(
        self, repository: ChallengeRepository, shares: DuelShares, limits: TimeLimits
    ) -> None:
        self._repository = repository
        self._shares = shares
        self._limits = limits
        self._seeker_away = timedelta(seconds=limits.seeker_away_seconds)

    def read_own(self, tx: Transaction, seeker_id: int, now: datetime) -> list[Engagement]:
        """Return what the seeker has begun, for the other methods; to be read before anything else.

        A search of theirs that is matched from now on is noticed by `lock_own`, and one that was
        matched before, by `lock_agreed`. Nobody else begins a search for them.
        """
        return matchmaking.engagements(tx.connection, seeker_id, now)

    def lock_agreed(
        self,
        tx: Transaction,
        kind: ChallengeType,
        begun: Sequence[Engagement],
        seeker_id: int,
        now: datetime,
    ) -> Challenge | None:
        """Return the match of this type that the seeker is to get ready for, locked, or None.

        Whoever repeats a search because its answer was lost, finds it. Raises StillPlaying for
        whoever is in any other duel, and MatchesMissed during the pause after a missed match.
        """
        for agreed in (one for one in begun if not one.is_search):
            if agreed.status != "accepted" or agreed.challenge_type != kind.key:
                raise StillPlaying
            found = self._repository.lock(tx, agreed.challenge_id)
            if found.is_playing:
                return found
        missed = missed_matches.of(tx.connection, seeker_id, now - match_pauses.REACH)
        match_pauses.require_no_pause(missed, self._limits, now)
        return None

    def lock_own(
        self,
        tx: Transaction,
        kind: ChallengeType,
        begun: Sequence[Engagement],
        seeker_id: int,
        now: datetime,
    ) -> Challenge | None:
        """Return the seeker's own open search of this type, locked, or None; end one of another type.

        All seekers take the same lock. Without it, two seekers that search at the same moment would
        both find nobody, each begin a search, and never be matched with each other. If a search
        of theirs was matched while this one waited for the lock, raises Conflict, so that all is run
        again.
        """
        event_log.lock(tx.connection, matchmaking_topic())
        own = None
        for known in (one for one in begun if one.is_search):
            search = self._repository.lock(tx, known.challenge_id)
            if search.status != "pending_matchmaking":
                raise Conflict
            if search.kind == kind:
                own = search
            else:
                self._repository.store(tx, search, rules.cancel(search, seeker_id, now), now)
        return own

    def lock_waiting(
        self, tx: Transaction, kind: ChallengeType, seeker_id: int, now: datetime
    ) -> Challenge | None:
        """Return the challenge to match the seeker with, locked, or None.

        The oldest comes first, but those who have just met each other come last. The caller has taken
        the lock of all seekers, see `lock_own`.
        """
        waiting = matchmaking.waiting_for(
            tx.connection, kind.key, seeker_id, now, now - self._seeker_away, _MAX_CANDIDATES
        )
        for candidate in sorted(waiting, key=lambda candidate: candidate.has_just_met):
            # Between the query and this lock, the search may have been cancelled: try the next one.
            challenge = self._repository.lock(tx, candidate.challenge_id)
            if challenge.status == "pending_matchmaking" and self._shares.allow_match(
                tx, challenge, seeker_id, now
            ):
                return challenge
        return None
