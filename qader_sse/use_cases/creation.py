"""Creating a challenge: within one transaction, once for each idempotency key."""

from collections.abc import Callable, Collection
from datetime import datetime, timedelta

from qader_sse.domain.challenge import Attempt, Challenge, Question
from qader_sse.domain.challenge_types import ChallengeType
from qader_sse.domain.events import creation_topic
from qader_sse.domain.payloads import Status
from qader_sse.domain.time_limits import TimeLimits
from qader_sse.domain.violations import KeyReused, NotEnoughQuestions
from qader_sse.store import drawing, event_log, idempotency
from qader_sse.store.accounts import Account
from qader_sse.store.database import Database, Transaction
from qader_sse.store.drawing import Pools
from qader_sse.store.idempotency import FirstRequest
from qader_sse.store.retries import retried
from qader_sse.use_cases import opponents
from qader_sse.use_cases.challenge_repository import ChallengeRepository
from qader_sse.use_cases.duel_shares import DuelShares
from qader_sse.use_cases.meeting import Meeting


class Creation:
    """Creates challenges for the use cases: invites, searches, and the questions of both."""

    def __init__(
        self,
        database: Database,
        repository: ChallengeRepository,
        shares: DuelShares,
        limits: TimeLimits,
    ) -> None:
        self._database = database
        self._repository = repository
        self._shares = shares
        self._limits = limits
        self._meeting = Meeting(repository, shares, limits)

    @retried
    def once(
        self,
        user_id: int,
        key: str | None,
        request: str,
        now: datetime,
        create: Callable[[Transaction], Challenge],
        find_other: Callable[[Transaction], int | None] = lambda _: None,
    ) -> Challenge:
        """Create a challenge, or return the one that this user's key has created already.

        `find_other` returns the id of the person whom the challenge is for, if there is one. What
        these two create for each other is created one after the other, so that they meet.
        """
        with self._database.transaction() as tx:
            # Each user creates one challenge at a time: a retry waits for the first request to end,
            # and invites are counted exactly.
            people = {user_id, find_other(tx) or user_id}
            event_log.lock_all(tx.connection, [creation_topic(one) for one in people])
            first = None if key is None else idempotency.find(tx.connection, user_id, key)
            if first is not None:
                if first.request != request:
                    raise KeyReused
                return self._repository.lock(tx, first.challenge_id)
            created = create(tx)
            if key is not None:
                first = FirstRequest(request, created.id)
                idempotency.remember(tx.connection, user_id, key, first, now)
            return created

    def invite(
        self,
        tx: Transaction,
        user_id: int,
        opponent: Account,
        kind: ChallengeType,
        now: datetime,
    ) -> Challenge:
        """Invite somebody, unless the two have an open invite of this type already.

        The user's own invite is returned, and the other one's is accepted.
        """
        opponents.require_invitable(tx, user_id, opponent)
        met = self._meeting.join(tx, user_id, opponent.id, kind, now)
        return met or self._invite(tx, user_id, opponent, kind, now, is_ready=False)

    def rematch(
        self, tx: Transaction, user_id: int, opponent: Account, finished: Challenge, now: datetime
    ) -> Challenge:
        """Invite the opponent of a completed challenge again; who asks is ready.

        What the two have begun since is joined, so that it starts if the other one asked as well.
        """
        kind = finished.kind
        opponents.require_invitable(tx, user_id, opponent)
        met = self._meeting.join(tx, user_id, opponent.id, kind, now, finished=finished)
        if met is not None:
            return self._meeting.get_ready(tx, met, user_id, now)
        return self._invite(tx, user_id, opponent, kind, now, is_ready=True)

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
        self._shares.require_invite(tx, user_id, opponent.id, kind.key, now)
        challenger = Attempt(0, opponents.player(tx, user_id), is_ready=is_ready)
        attempts = [challenger, Attempt(0, opponent.player)]
        return self.create(tx, kind, "pending_invite", attempts, now)

    def create(
        self,
        tx: Transaction,
        kind: ChallengeType,
        status: Status,
        attempts: list[Attempt],
        now: datetime,
        pools: Pools | None = None,
    ) -> Challenge:
        limits = self._limits
        wait = limits.invite_seconds if status == "pending_invite" else limits.matchmaking_seconds
        draft = Challenge(
            id=0,
            kind=kind,
            status=status,
            attempts=tuple(attempts),
            questions=self.draw(tx, kind, attempts, now, pools),
            answers=(),
            created_at=now,
            due_at=now + timedelta(seconds=wait),
        )
        return self._repository.create(tx, draft, now)

    def draw(
        self,
        tx: Transaction,
        kind: ChallengeType,
        attempts: Collection[Attempt],
        now: datetime,
        pools: Pools | None = None,
    ) -> tuple[Question, ...]:
        """Draw the questions of these two; `pools` are what may be drawn, if the caller has read them.

        For somebody without an opponent nothing is drawn yet, because nobody knows what the other one
        will have seen. But there have to be enough: raises NotEnoughQuestions.
        """
        pools = drawing.pools(tx.connection) if pools is None else pools
        counts = kind.questions_by_section()
        if any(len(pools.get(section, ())) < count for section, count in counts.items()):
            raise NotEnoughQuestions
        if len(attempts) < 2:
            return ()
        players = [attempt.player.id for attempt in attempts]
        seen = drawing.seen_lately(tx.connection, players, now)
        return tuple(drawing.draw(tx.connection, pools, counts, seen))
