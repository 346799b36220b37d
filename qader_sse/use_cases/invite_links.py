"""Inviting by link: whoever has the link may accept the invite, and only the first one who does.

The token of a link is a keyed hash of the challenge's id. So nothing of it is stored: who reads the
database cannot accept an invite, and yet the challenger is shown the same link again.
"""

import hashlib
import hmac
import re
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from qader_sse.domain import invite_links, rules
from qader_sse.domain.challenge import Attempt, Challenge
from qader_sse.domain.challenge_types import CHALLENGE_TYPES
from qader_sse.domain.duel_limits import DuelLimits
from qader_sse.domain.time_limits import TimeLimits
from qader_sse.domain.violations import (
    ChallengeNotFound,
    HasBlocked,
    LinkNotValid,
    OnlyTheChallenger,
    RuleViolation,
)
from qader_sse.store import accounts, blocks, open_challenges
from qader_sse.store.accounts import Account
from qader_sse.store.challenge_cache import ChallengeCache
from qader_sse.store.database import Database, Transaction
from qader_sse.store.retries import retried
from qader_sse.use_cases import opponents
from qader_sse.use_cases.challenge_repository import ChallengeRepository
from qader_sse.use_cases.creation import Creation
from qader_sse.use_cases.duel_shares import DuelShares

# 144 bits: nobody guesses them, and the address is short enough for a QR code that is easily read.
_HASH_BYTES = 18
_TOKEN = re.compile(r"([1-9][0-9]{0,17})-([A-Za-z0-9_-]{24})")


class InviteLinks:
    def __init__(
        self,
        database: Database,
        cache: ChallengeCache,
        repository: ChallengeRepository,
        limits: TimeLimits,
        duel_limits: DuelLimits | None,
        secret_key: str,
        clock: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._cache = cache
        self._repository = repository
        self._limits = limits
        self._clock = clock
        self._shares = DuelShares(duel_limits, limits)
        self._creation = Creation(database, repository, self._shares, limits)
        self._key = hashlib.blake2b(secret_key.encode(), person=b"invite links").digest()

    def create(
        self, user_id: int, challenge_type: str, now: datetime, key: str | None = None
    ) -> Challenge:
        """Begin an invite without an opponent, or return the user's open one of this type."""
        kind = CHALLENGE_TYPES[challenge_type]

        def create(tx: Transaction) -> Challenge:
            since = now - timedelta(seconds=self._limits.invite_seconds)
            for one in open_challenges.by_link(tx.connection, user_id, kind.key, since, now):
                found = self._repository.lock(tx, one)
                if found.status == "pending_invite" and found.opponent is None:
                    return found
            self._shares.require_search(tx, user_id, kind.key, now)
            challenger = Attempt(0, opponents.player(tx, user_id))
            return self._creation.create(tx, kind, "pending_invite", [challenger], now)

        return self._creation.once(user_id, key, f"link {challenge_type}", now, create)

    def token(self, challenge_id: int, user_id: int, now: datetime) -> str:
        """Return the token of a challenge's link, for its challenger, as long as it can be used."""
        challenge = self._read(challenge_id, ChallengeNotFound)
        rules.require_participant(challenge, user_id)
        if user_id != challenge.challenger.id:
            raise OnlyTheChallenger
        invite_links.require_open(challenge, now)
        return f"{challenge_id}-{self._hash(challenge_id)}"

    def find(self, token: str, user_id: int | None, now: datetime) -> Challenge:
        """Return the challenge of a link: an open invite, or one in which the user takes part.

        Raises LinkNotValid, LinkUsed.
        """
        challenge = self._read(self._challenge_id(token), LinkNotValid)
        if user_id is not None and challenge.attempt_of(user_id) is not None:
            return challenge
        challenger_id = challenge.challenger.id
        with self._database.autocommit() as connection:
            challenger = accounts.by_id(connection, challenger_id)
            is_blocked = user_id and blocks.has_blocked(connection, challenger_id, user_id)
        _require_welcome(challenger, is_blocked=bool(is_blocked))
        invite_links.require_open(challenge, now)
        return challenge

    @retried
    def accept(self, token: str, user_id: int, arrived_at: datetime) -> Challenge:
        """Make the user the opponent, unless somebody else has been quicker."""
        with self._database.transaction() as tx:
            before = self._repository.lock(tx, self._challenge_id(token))
            guest = opponents.player(tx, user_id)
            after = invite_links.join(before, guest, arrived_at, self._limits)
            now = self._clock()
            if after != before:
                challenger_id = before.challenger.id
                challenger = accounts.by_id(tx.connection, challenger_id)
                is_blocked = blocks.has_blocked(tx.connection, challenger_id, user_id)
                _require_welcome(challenger, is_blocked=is_blocked)
                if blocks.has_blocked(tx.connection, user_id, challenger_id):
                    raise HasBlocked
                self._shares.require_begin(tx, after, user_id, now)
                drawn = self._creation.draw(tx, after.kind, after.attempts, now)
                after = replace(after, questions=drawn)
            return self._repository.store(tx, before, after, now)

    def _read(self, challenge_id: int, violation: type[RuleViolation]) -> Challenge:
        found = self._cache.read(challenge_id)
        if found is None:
            raise violation
        return found[0]

    def _challenge_id(self, token: str) -> int:
        """Return whose token this is. A guess is refused before anything is read."""
        parts = _TOKEN.fullmatch(token)
        if parts is None or not hmac.compare_digest(parts[2], self._hash(int(parts[1]))):
            raise LinkNotValid
        return int(parts[1])

    def _hash(self, challenge_id: int) -> str:
        digest = hmac.digest(self._key, str(challenge_id).encode(), "sha256")
        return urlsafe_b64encode(digest[:_HASH_BYTES]).decode()


def _require_welcome(challenger: Account | None, *, is_blocked: bool) -> None:
    """Refuse those whom the challenger has blocked, as if there were no link, and links of the disabled."""
    opponents.available(challenger, LinkNotValid)
    if is_blocked:
        raise LinkNotValid
