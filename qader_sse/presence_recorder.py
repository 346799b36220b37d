"""The presence recorder of a worker records who is there, and has duels tell who comes and goes.

Every worker runs one. Its cost follows who comes and goes, not how many are there: the duels of all
others are not looked at.
"""

import logging
from collections.abc import Callable
from datetime import datetime

from qader_sse.domain.time_limits import TimeLimits
from qader_sse.realtime.hub import Hub
from qader_sse.request_ids import caused_by
from qader_sse.slices import give_way
from qader_sse.store.errors import StoreUnavailable
from qader_sse.use_cases.presence_changes import PresenceChanges

logger = logging.getLogger(__name__)


class PresenceRecorder:
    """Whoever goes stays present for a while, so that a reload or a hiccup of a network tells nothing."""

    def __init__(
        self,
        changes: PresenceChanges,
        hub: Hub,
        clock: Callable[[], datetime],
        limits: TimeLimits,
    ) -> None:
        self._changes = changes
        self._hub = hub
        self._clock = clock
        self._settle_seconds = limits.presence_settle_seconds
        self._recorded: set[int] = set()
        # Users whose duels are still to be looked at.
        self._changed: set[int] = set()

    def everybody_online(self) -> set[int]:
        """Return the users who are online at this worker, or were recorded at others."""
        return self._hub.online_user_ids() | self._changes.online_elsewhere(self._clock())

    def run_once(self) -> None:
        """Record who is there now. Raises StoreUnavailable; then the next run makes up for it."""
        present = self._hub.present_user_ids(self._settle_seconds)
        online = self._hub.online_user_ids()
        give_way()  # with ten thousand of them, sets take their time
        self.record(present, online)

    @caused_by("presence")
    def record(self, present: set[int], online: set[int]) -> int:
        """Record these users; return how many changes duels have told."""
        now = self._clock()
        changed = present ^ self._recorded
        if present or self._recorded:
            changed |= self._changes.record(present, now)
            self._recorded = set(present)
        # Kept before anything else can fail: what was recorded is not seen to change again.
        self._changed |= changed
        if online:
            give_way()
            self._changes.see_seekers(online, now)
        outdated = self._changes.outdated(self._changed, present)
        told = sum(self._tell(challenge_id, user_id) for challenge_id, user_id in outdated)
        # Next time, these are looked at once more: two may just be agreeing on a duel, by a
        # transaction that began before this record and had not ended when duels were looked for.
        self._changed = changed
        return told

    def _tell(self, challenge_id: int, user_id: int) -> bool:
        give_way()  # of duels, a thousand may change at once
        try:
            return self._changes.tell(challenge_id, user_id, self._clock())
        except StoreUnavailable:
            raise
        except Exception:
            # One duel that cannot be changed must not keep all the others from being told.
            logger.exception("presence not told challenge=%s", challenge_id)
            return False
