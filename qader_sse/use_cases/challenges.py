"""What can be done with a challenge: one method a use case, one transaction each.

Each takes who asks and what time it is, and returns the challenge as it is
afterwards; what the rules refuse is raised and leaves nothing behind.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import BoundedSemaphore

from qader_sse.domain import rules, usernames
from qader_sse.domain.challenge import Attempt, Challenge, Player
from qader_sse.domain.challenge_types import CHALLENGE_TYPES, ChallengeType
from qader_sse.domain.events import creation_topic
from qader_sse.domain.payloads import Choice, Status
from qader_sse.domain.rules import TimeLimits
from qader_sse.domain.violations import (
    KeyReused,
    NotCompleted,
    NotEnoughQuestions,
    OpponentIsOneself,
    OpponentLeft,
    RuleViolation,
    TooManyInvites,
    UnknownOpponent,
)
from qader_sse.store import (
    accounts,
    challenge_queries,
    event_log,
    idempotency,
    questions,
)
from qader_sse.store.accounts import Account
from qader_sse.store.database import Database, Transaction, retried
from qader_sse.store.errors import StoreBusy
from qader_sse.store.idempotency import Made
from qader_sse.use_cases.challenge_repository import ChallengeRepository
from qader_sse.use_cases.matchmaking import Matchmaking

# Seekers wait for one lock; at a time, so many of a worker's connections may do so.
_MOST_SEEKERS = 3
_SEEKING_SECONDS = 8.0  # then they are told to try again, as by a pool that is used up
_A_DAY = timedelta(days=1)


class ChallengeUseCases:
    def __init__(
        self,
        database: Database,
        repository: ChallengeRepository,
        limits: TimeLimits,
        max_invites_per_day: int,
    ) -> None:
        self._database = database
        self._repository = repository
        self._matchmaking = Matchmaking(repository, limits.seeker_away_seconds)
        self._limits = limits
        self._max_invites_per_day = max_invites_per_day
        self._seekers = BoundedSemaphore(_MOST_SEEKERS)

    def invite(
        self,
        user_id: int,
        challenge_type: str,
        opponent_username: str,
        now: datetime,
        key: str | None = None,
    ) -> Challenge:
        """Challenge a named opponent. With a key, the same request again returns what it made."""

        def create(tx: Transaction) -> Challenge:
            self._require_invites_left(tx, user_id, now)
            found = accounts.by_username(tx.connection, opponent_username)
            opponent = _available(found, UnknownOpponent)
            kind = CHALLENGE_TYPES[challenge_type]
            return self._invite(tx, user_id, opponent, kind, now, is_ready=False)

        request = f"invite {challenge_type} {usernames.key(opponent_username)}"
        return self._create_once(user_id, key, request, now, create)

    def seek(
        self, user_id: int, challenge_type: str, now: datetime, key: str | None = None
    ) -> Challenge:
        """Join whoever has waited longest for this type, or wait for somebody. A key: as above."""
        kind = CHALLENGE_TYPES[challenge_type]

        def create(tx: Transaction) -> Challenge:
            waiting = self._matchmaking.lock_waiting(tx, kind, user_id, now)
            seeker = _player(tx, user_id)
            if waiting is None:
                return self._create(tx, kind, "pending_matchmaking", [Attempt(0, seeker)], now)
            matched = rules.match(waiting, seeker, now, self._limits)
            return self._repository.store(tx, waiting, matched, now)

        if not self._seekers.acquire(timeout=_SEEKING_SECONDS):
            raise StoreBusy
        try:
            return self._create_once(user_id, key, f"seek {challenge_type}", now, create)
        finally:
            self._seekers.release()

    def accept(self, challenge_id: int, user_id: int, now: datetime) -> Challenge:
        return self._change(
            challenge_id, now, lambda c: rules.accept(c, user_id, now, self._limits)
        )

    def decline(self, challenge_id: int, user_id: int, now: datetime) -> Challenge:
        return self._change(challenge_id, now, lambda c: rules.decline(c, user_id, now))

    def cancel(self, challenge_id: int, user_id: int, now: datetime) -> Challenge:
        return self._change(challenge_id, now, lambda c: rules.cancel(c, user_id, now))

    def ready(self, challenge_id: int, user_id: int, now: datetime) -> Challenge:
        return self._change(challenge_id, now, lambda c: rules.ready(c, user_id, now, self._limits))

    def answer(
        self,
        challenge_id: int,
        user_id: int,
        question_id: int,
        choice: Choice,
        time_taken_seconds: float | None,
        now: datetime,
    ) -> Challenge:
        return self._change(
            challenge_id,
            now,
            lambda c: rules.answer(
                c, user_id, question_id, choice, time_taken_seconds, now, self._limits
            ),
        )

    def rematch(
        self, challenge_id: int, user_id: int, now: datetime, key: str | None = None
    ) -> Challenge:
        """Invite the same rival to the same type again; whoever asks is ready. A key: as above."""

        def create(tx: Transaction) -> Challenge:
            finished = self._repository.lock(tx, challenge_id)
            rules.require_participant(finished, user_id)
            rival = finished.other_player(user_id)
            if finished.status != "completed" or rival is None:
                raise NotCompleted(finished.status)
            self._require_invites_left(tx, user_id, now)
            opponent = _available(accounts.by_id(tx.connection, rival.id), OpponentLeft)
            return self._invite(tx, user_id, opponent, finished.kind, now, is_ready=True)

        return self._create_once(user_id, key, f"rematch {challenge_id}", now, create)

    @retried
    def _change(
        self, challenge_id: int, now: datetime, rule: Callable[[Challenge], Challenge]
    ) -> Challenge:
        with self._database.transaction() as tx:
            before = self._repository.lock(tx, challenge_id)
            return self._repository.store(tx, before, rule(before), now)

    @retried
    def _create_once(
        self,
        user_id: int,
        key: str | None,
        request: str,
        now: datetime,
        create: Callable[[Transaction], Challenge],
    ) -> Challenge:
        with self._database.transaction() as tx:
            # One at a time for each person: a retry waits for the first try, and counts are right.
            event_log.lock(tx.connection, creation_topic(user_id))
            made = None if key is None else idempotency.find(tx.connection, user_id, key)
            if made is not None:
                if made.request != request:
                    raise KeyReused
                return self._repository.lock(tx, made.challenge_id)
            created = create(tx)
            if key is not None:
                idempotency.remember(tx.connection, user_id, key, Made(request, created.id), now)
            return created

    def _require_invites_left(self, tx: Transaction, user_id: int, now: datetime) -> None:
        count, first = challenge_queries.unanswered_invites(tx.connection, user_id, now - _A_DAY)
        if first is not None and count >= self._max_invites_per_day:
            raise TooManyInvites((first + _A_DAY - now).total_seconds())

    def _invite(
        self,
        tx: Transaction,
        user_id: int,
        opponent: Account,
        kind: ChallengeType,
        now: datetime,
        *,
        is_ready: bool,
    ) -> Challenge:
        if opponent.id == user_id:
            raise OpponentIsOneself
        challenger = Attempt(0, _player(tx, user_id), is_ready=is_ready)
        seats = [challenger, Attempt(0, opponent.player)]
        return self._create(tx, kind, "pending_invite", seats, now)

    def _create(
        self,
        tx: Transaction,
        kind: ChallengeType,
        status: Status,
        seats: list[Attempt],
        now: datetime,
    ) -> Challenge:
        limits = self._limits
        wait = limits.invite_seconds if status == "pending_invite" else limits.matchmaking_seconds
        drawn = questions.draw(tx.connection, kind.questions_by_section())
        if len(drawn) < kind.num_questions:
            raise NotEnoughQuestions
        draft = Challenge(
            id=0,
            kind=kind,
            status=status,
            attempts=tuple(seats),
            questions=tuple(drawn),
            answers=(),
            created_at=now,
            due_at=now + timedelta(seconds=wait),
        )
        return self._repository.create(tx, draft, now)


def _available(account: Account | None, violation: type[RuleViolation]) -> Account:
    """Return an account that can be challenged; raise the violation for a missing or disabled one."""
    if account is None or account.disabled_at is not None:
        raise violation
    return account


def _player(tx: Transaction, user_id: int) -> Player:
    account = accounts.by_id(tx.connection, user_id)
    if account is None:
        raise UnknownOpponent
    return account.player
