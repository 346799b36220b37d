"""Refresh tokens: each can be used once, and one that is used again ends its session.

Whoever has stolen a refresh token, and its owner, both use it sooner or later; the second of them
shows that there are two. So a session keeps the id of its newest refresh token. The one before it
is accepted for some seconds more, and answered with the same newest one: a page that loads in two
tabs, or has two calls under way when its access token runs out, refreshes twice at once.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from qader_sse.domain.violations import TokenNotValid
from qader_sse.store import secret_tokens, sessions
from qader_sse.store.database import Database
from qader_sse.store.retries import retried

# How long the token before the newest one is accepted: longer than any request takes.
_REPEAT_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Refreshed:
    """The user of a session, and the id of its newest refresh token."""

    user_id: int
    refresh_id: str


class RefreshUseCases:
    def __init__(self, database: Database) -> None:
        self._database = database

    def refresh(
        self, session_id: str, refresh_id: str, now: datetime, opened_after: datetime
    ) -> Refreshed:
        """Exchange a refresh token. Raises TokenNotValid, and ends the session of a stolen one."""
        found = self._exchange(session_id, refresh_id, now, opened_after)
        if found is None:  # raised here: what ends the session has to be committed
            raise TokenNotValid
        return found

    @retried
    def _exchange(
        self, session_id: str, refresh_id: str, now: datetime, opened_after: datetime
    ) -> Refreshed | None:
        with self._database.transaction() as tx:
            signed_in = sessions.signed_in(tx.connection, session_id, now, opened_after)
            kept = sessions.lock_refresh_ids(tx.connection, session_id)
            if signed_in is None or kept is None or kept.newest is None:
                return None
            if refresh_id == kept.newest:
                newest = secret_tokens.new()
                sessions.set_refresh_id(tx.connection, session_id, newest, refresh_id, now)
                return Refreshed(signed_in.user_id, newest)
            repeat_until = kept.changed_at + timedelta(seconds=_REPEAT_SECONDS)
            if refresh_id == kept.previous and now < repeat_until:
                return Refreshed(signed_in.user_id, kept.newest)
            sessions.end(tx, "signed_out", now, session_id)
            return None
