"""What people do with challenges: each method is one use case in one transaction.

A method gets the id of the user who acts and the time of the request, and returns the challenge
as it is afterwards. If a rule refuses the action, its violation is raised, and nothing changes.

What is done to a challenge gets the time at which the request arrived, and reads the clock for what
begins with the change, and for its events: between the two, a busy server may take a second.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from threading import BoundedSemaphore

from qader_sse.domain import rules, usernames
from qader_sse.domain.challenge import Attempt, Challenge
from qader_sse.domain.challenge_types import CHALLENGE_TYPES
from qader_sse.domain.duel_limits import DuelLimits
from qader_sse.domain.payloads import Choice
from qader_sse.domain.time_limits import TimeLimits
from qader_sse.domain.violations import (
    NotCompleted,
    OpponentLeft,
    StillPlaying,
    UnknownOpponent,
)
from qader_sse.store import accounts, challenges, drawing, matchmaking
from qader_sse.store.accounts import Account
from qader_sse.store.database import Database, Transaction
from qader_sse.store.errors import Conflict, OutcomeUnknown, StoreBusy, StoreUnavailable
from qader_sse.store.retries import retried
from qader_sse.use_cases import opponents
from qader_sse.use_cases.challenge_repository import ChallengeRepository
from qader_sse.use_cases.creation import Creation
from qader_sse.use_cases.duel_shares import DuelShares
from qader_sse.use_cases.late_searches import LateSearches
from qader_sse.use_cases.matchmaking import Matchmaking

# All seekers wait for the same lock. At most this many of a worker's database connections may be
# used for that, so that searches cannot exhaust the pool.
_MAX_SEEKERS = 3
# A seeker that waits longer than this is refused with a 503, as if the pool were exhausted. Longer
# than other waits, because all are served in turn: who is refused comes back, and all take longer.
# Shorter than what proxies give a request.
_SEEK_TIMEOUT_SECONDS = 20.0


class ChallengeUseCases:
    """A request repeated with its idempotency key returns the challenge it created at first."""

    def __init__(
        self,
        database: Database,
        repository: ChallengeRepository,
        limits: TimeLimits,
        duel_limits: DuelLimits | None,
        clock: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._repository = repository
        self._clock = clock
        self._shares = DuelShares(duel_limits, limits)
        self._creation = Creation(database, repository, self._shares, limits)
        self._matchmaking = Matchmaking(repository, self._shares, limits)
        self._late_searches = LateSearches(database, repository)
        self._limits = limits
        self._seekers = BoundedSemaphore(_MAX_SEEKERS)

    def invite(
        self,
        user_id: int,
        challenge_type: str,
        opponent_username: str,
        now: datetime,
        key: str | None = None,
    ) -> Challenge:
        """Invite a named opponent, or meet them in what they want as well, see `Creation.invite`."""
        found: Account | None = None  # read once, for both functions

        def find_other(tx: Transaction) -> int | None:
            nonlocal found
            found = accounts.by_username(tx.connection, opponent_username)
            return None if found is None else found.id

        def create(tx: Transaction) -> Challenge:
            opponent = opponents.available(found, UnknownOpponent)
            kind = CHALLENGE_TYPES[challenge_type]
            return self._creation.invite(tx, user_id, opponent, kind, now)

        request = f"invite {challenge_type} {usernames.key(opponent_username)}"
        return self._creation.once(user_id, key, request, now, create, find_other)

    def seek(
        self, user_id: int, challenge_type: str, now: datetime, key: str | None = None
    ) -> Challenge:
        """Match the oldest search of this type that fits, see `Matchmaking`, or begin a search.

        The user's own search of this type goes on, and one of another type ends. Raises StoreBusy
        after twenty seconds of waiting for other searches.
        """
        kind = CHALLENGE_TYPES[challenge_type]

        def create(tx: Transaction) -> Challenge:
            begun = self._matchmaking.read_own(tx, user_id, now)
            agreed = self._matchmaking.lock_agreed(tx, kind, begun, user_id, now)
            if agreed is not None:
                return agreed
            # Read before the lock for which all seekers wait.
            seeker, pools = opponents.player(tx, user_id), drawing.pools(tx.connection)
            goes_on = any(one.is_search and one.challenge_type == kind.key for one in begun)
            if not goes_on:
                self._shares.require_search(tx, user_id, kind.key, now)
            own = self._matchmaking.lock_own(tx, kind, begun, user_id, now)
            waiting = self._matchmaking.lock_waiting(tx, kind, user_id, now)
            if waiting is None and own is not None:
                matchmaking.mark_seen(tx.connection, [user_id], now)
                return own
            if waiting is None:
                return self._creation.create(
                    tx, kind, "pending_matchmaking", [Attempt(0, seeker)], now, pools
                )
            matched = rules.match(waiting, seeker, now, self._limits)
            drawn = self._creation.draw(tx, kind, matched.attempts, now, pools)
            matched = replace(matched, questions=drawn)
            return self._repository.store(tx, waiting, matched, now)

        if not self._seekers.acquire(timeout=_SEEK_TIMEOUT_SECONDS):
            raise StoreBusy
        try:
            found = self._creation.once(user_id, key, f"seek {challenge_type}", now, create)
        finally:
            self._seekers.release()
        if found.status == "pending_matchmaking" and self._late_searches.end([user_id], now):
            raise StillPlaying
        return found

    @retried
    def accept(self, challenge_id: int, user_id: int, arrived_at: datetime) -> Challenge:
        with self._database.transaction() as tx:
            before = self._repository.lock_for(tx, challenge_id, user_id)
            after = rules.accept(before, user_id, arrived_at, self._limits)
            now = self._clock()
            if after != before:
                self._shares.require_begin(tx, after, user_id, now)
            return self._repository.store(tx, before, after, now)

    @retried
    def decline(self, challenge_id: int, user_id: int, arrived_at: datetime) -> Challenge:
        return self._change_locked(
            challenge_id, user_id, lambda c: rules.decline(c, user_id, arrived_at)
        )

    @retried
    def cancel(self, challenge_id: int, user_id: int, arrived_at: datetime) -> Challenge:
        return self._change_locked(
            challenge_id, user_id, lambda c: rules.cancel(c, user_id, arrived_at)
        )

    def leave(self, challenge_id: int, user_id: int, arrived_at: datetime) -> Challenge:
        return self._change(challenge_id, user_id, lambda c: rules.leave(c, user_id, arrived_at))

    def ready(self, challenge_id: int, user_id: int, arrived_at: datetime) -> Challenge:
        def rule(challenge: Challenge) -> Challenge:
            return rules.ready(challenge, user_id, arrived_at, self._limits, self._clock())

        return self._begun(self._change(challenge_id, user_id, rule))

    def answer(
        self,
        challenge_id: int,
        user_id: int,
        question_id: int,
        choice: Choice,
        time_taken_seconds: float | None,
        arrived_at: datetime,
    ) -> Challenge:
        return self._change(
            challenge_id,
            user_id,
            lambda c: rules.answer(
                c, user_id, question_id, choice, time_taken_seconds, arrived_at, self._limits
            ),
        )

    def rematch(
        self, challenge_id: int, user_id: int, now: datetime, key: str | None = None
    ) -> Challenge:
        """Invite the other participant of a completed challenge; the user is ready at once.

        If the other one has asked for the same, the challenge of the two starts.
        """

        def find_other(tx: Transaction) -> int | None:
            info = challenges.watch_info(tx.connection, challenge_id)
            players = info.participant_ids if info else ()
            return next((one for one in players if one != user_id), None)

        def create(tx: Transaction) -> Challenge:
            finished = self._repository.lock(tx, challenge_id)
            rules.require_participant(finished, user_id)
            other = finished.other_player(user_id)
            if finished.status != "completed" or other is None:
                raise NotCompleted(finished.status)
            opponent = opponents.available(accounts.by_id(tx.connection, other.id), OpponentLeft)
            return self._creation.rematch(tx, user_id, opponent, finished, now)

        request = f"rematch {challenge_id}"
        return self._begun(self._creation.once(user_id, key, request, now, create, find_other))

    def _begun(self, challenge: Challenge) -> Challenge:
        """Return a challenge that may have just started, and whose players then search no longer."""
        if challenge.status == "ongoing":
            self._late_searches.end(challenge.player_ids, self._clock())
        return challenge

    @retried
    def _change(
        self, challenge_id: int, user_id: int, rule: Callable[[Challenge], Challenge]
    ) -> Challenge:
        try:
            after = self._repository.change_without_lock(
                self._database, challenge_id, rule, self._clock
            )
        except OutcomeUnknown as unknown:
            # The second time, an action changes nothing: so to do it again finds out what became of it.
            try:
                return self._change_locked(challenge_id, user_id, rule)
            except Conflict:
                raise  # `retried` runs all of this again, which finds out
            except StoreUnavailable:
                raise unknown from None
        return after or self._change_locked(challenge_id, user_id, rule)

    def _change_locked(
        self, challenge_id: int, user_id: int, rule: Callable[[Challenge], Challenge]
    ) -> Challenge:
        with self._database.transaction() as tx:
            before = self._repository.lock_for(tx, challenge_id, user_id)
            return self._repository.store(tx, before, rule(before), self._clock())
