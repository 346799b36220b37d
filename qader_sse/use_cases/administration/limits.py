"""What operators see of the limits that are counted in the database."""

from datetime import datetime, timedelta

from qader_sse.domain import duel_limits
from qader_sse.domain.challenge import Player
from qader_sse.domain.duel_limits import DuelLimits
from qader_sse.domain.duel_use import Used, used
from qader_sse.domain.time_limits import TimeLimits
from qader_sse.store import accounts, recent_challenges
from qader_sse.store.database import Database


class LimitAdministration:
    def __init__(self, database: Database, limits: DuelLimits | None, times: TimeLimits) -> None:
        self._database = database
        self._limits = limits
        self._reach = duel_limits.reach(times)

    def player(self, username: str) -> Player:
        """Return somebody by their name. Raises UnknownPlayer."""
        with self._database.read_transaction() as connection:
            return accounts.named(connection, username).player

    def used(self, user_id: int, now: datetime) -> list[Used]:
        """Return what a person has used of each limit; nothing if limits are switched off."""
        if self._limits is None:
            return []
        new_since = now - timedelta(seconds=self._limits.new_account_seconds)
        with self._database.read_transaction() as connection:
            recent = recent_challenges.of(connection, [user_id], now - self._reach)
            is_new = user_id in recent_challenges.new_accounts(connection, [user_id], new_since)
        return used(recent, self._limits, user_id, now, is_new=is_new)
