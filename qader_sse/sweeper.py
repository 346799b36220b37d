"""The sweeper ends challenges whose deadlines have passed, and deletes what is past its retention.

The rules do not depend on it: they compare with the deadlines themselves. Every worker sweeps; the
first one that locks a challenge ends it, and the others pass it over. A batch is one transaction:
what a transaction costs is paid once for all of them.
"""

import logging
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from qader_sse.jitter import jittered
from qader_sse.request_ids import caused_by
from qader_sse.slices import give_way
from qader_sse.store.errors import StoreUnavailable
from qader_sse.use_cases.maintenance import Maintenance
from qader_sse.use_cases.retention import Retention

logger = logging.getLogger(__name__)

# Challenges read in each pass, by earliest deadline, and ended together. Most passes, one a second,
# find none overdue. More would hold requests up for longer, and cost hardly less for each.
_BATCH = 20
# The most that is added to a pause at random: workers that slept until the same deadline should not
# all wake at the same moment.
_SPREAD_SECONDS = 0.05
# The pause before an overdue challenge that another transaction holds is tried again.
_LOCKED_PAUSE_SECONDS = 0.2
# A challenge whose end fails is tried again after this pause, which then doubles up to the longest.
_FIRST_RETRY_SECONDS, _LONGEST_RETRY_SECONDS = 10.0, 3600.0
# The pause between two batches of deletions, so that requests and streams can use the database.
_DELETION_PAUSE_SECONDS = 0.1
_WORTH_LOGGING_SECONDS = 10.0


class Sweeper:
    """The sweeper of one worker. `pause_seconds` is the time until its next run."""

    def __init__(
        self,
        maintenance: Maintenance,
        retention: Retention,
        clock: Callable[[], datetime],
        longest_pause_seconds: float,
    ) -> None:
        self._maintenance = maintenance
        self._retention = retention
        self._clock = clock
        self._longest_pause_seconds = longest_pause_seconds
        # Challenges whose end failed: when to try again, and after which pause.
        self._postponed: dict[int, tuple[float, float]] = {}
        self.pause_seconds = 0.0
        self.ended = 0
        self.failed = 0
        # How late the last batch of the last run was ended, by the most overdue of it, or is by now
        # if another transaction still holds it; 0 if none was overdue.
        self.lag_seconds = 0.0

    @caused_by("sweeper")
    def run_once(self) -> int:
        """End overdue challenges; return how many this worker ended."""
        # Set first, so that a failure below does not lead to a run without a pause.
        self.pause_seconds = self._longest_pause()
        ended, worst = 0, 0.0
        # Overdue challenges that the last batch left, because other workers hold them, or their end
        # has failed: passed over once, so that workers which read the same ones share them.
        left: dict[int, datetime] = {}
        while True:
            passing_over = [*self._waiting_for_retry(), *left]
            upcoming = self._maintenance.next_due(_BATCH, passing_over)
            now = self._clock()
            batch = {challenge_id: due_at for challenge_id, due_at in upcoming if due_at <= now}
            if not batch:
                break
            ended_now = self._end(batch)
            if ended_now:
                ended += len(ended_now)
                earliest = min(batch[challenge_id] for challenge_id in ended_now)
                self.lag_seconds = (self._clock() - earliest).total_seconds()
                worst = max(worst, self.lag_seconds)
                left.clear()
            left |= {one: due_at for one, due_at in batch.items() if one not in ended_now}
        if worst > _WORTH_LOGGING_SECONDS:
            logger.warning("swept late: %d challenges, the worst %.1fs overdue", ended, worst)
        if not ended:
            self.lag_seconds = 0.0  # unless one is overdue, as the next line finds
        self._choose_pause([*left.items(), *upcoming])
        return ended

    def delete_old(self) -> dict[str, int]:
        """Delete what has passed its retention, in batches; return how many of each kind."""
        retention = self._retention
        return {
            "challenge logs": self._in_batches(retention.trim_challenges),
            "challenges": self._in_batches(retention.delete_challenges),
            "notifications": self._in_batches(retention.trim_notifications),
            "sign-outs": self._in_batches(retention.trim_sign_outs),
            "tickets": self._in_batches(retention.delete_tickets),
            "reset links": self._in_batches(retention.delete_reset_links),
            "sessions": self._in_batches(retention.delete_sessions),
            "idempotency keys": self._in_batches(retention.delete_keys),
            "notes of streams": self._in_batches(retention.delete_stream_notes),
            "looks at streams": self._in_batches(retention.delete_stream_looks),
            "workers": self._in_batches(retention.delete_workers),
            "audit entries": self._in_batches(retention.delete_audit_entries),
        }

    def _in_batches(self, delete_batch: Callable[[datetime], int]) -> int:
        now, deleted = self._clock(), 0
        give_way()  # one kind of rows comes right after the other, and most have none to delete
        try:
            while count := delete_batch(now):
                deleted += count
                time.sleep(_DELETION_PAUSE_SECONDS)
        except StoreUnavailable:
            raise
        except Exception:
            # One table that cannot be trimmed must not let all the others grow.
            logger.exception("deletion failed: %s", delete_batch.__name__)
        return deleted

    def _end(self, batch: Mapping[int, datetime]) -> set[int]:
        give_way()  # after an outage, thousands of challenges are overdue
        try:
            ended = self._maintenance.expire(batch, self._clock())
        except StoreUnavailable:
            raise
        except Exception:
            # One challenge that cannot be ended must not stop all the others from ending.
            if len(batch) > 1:
                return set().union(*(self._end({one: batch[one]}) for one in batch))
            (challenge_id,) = batch
            pause = self._postpone(challenge_id)
            logger.exception("expiry failed challenge=%s, next try in %.0fs", challenge_id, pause)
            return set()
        for challenge_id in batch:
            self._postponed.pop(challenge_id, None)
        self.ended += len(ended)
        return ended

    def _postpone(self, challenge_id: int) -> float:
        _, earlier = self._postponed.get(challenge_id, (0.0, _FIRST_RETRY_SECONDS / 2))
        pause = min(2 * earlier, _LONGEST_RETRY_SECONDS)
        self._postponed[challenge_id] = (time.monotonic() + pause, pause)
        self.failed += 1
        return pause

    def _waiting_for_retry(self) -> list[int]:
        """Return the postponed challenges whose next try is still to come."""
        now = time.monotonic()
        # `next_due` no longer returns a challenge that another worker has ended, so `_end` never
        # removes its entry: drop those whose retry has been due for longer than its pause.
        for challenge_id, (until, pause) in list(self._postponed.items()):
            if now > until + pause:
                del self._postponed[challenge_id]
        return [challenge_id for challenge_id, (until, _) in self._postponed.items() if until > now]

    def _choose_pause(self, upcoming: Iterable[tuple[int, datetime]]) -> None:
        """Shorten the pause to the next deadline, but not below `_LOCKED_PAUSE_SECONDS`.

        It never exceeds the longest pause, because an earlier deadline may be set meanwhile.
        """
        postponed = self._waiting_for_retry()
        due_at = next(
            (due_at for challenge_id, due_at in upcoming if challenge_id not in postponed), None
        )
        if due_at is None:
            return
        left = (due_at - self._clock()).total_seconds()
        if left < 0:
            self.lag_seconds = -left  # another worker holds the challenge, or just did
        spread = jittered(_SPREAD_SECONDS, 0, 1)
        self.pause_seconds = min(max(left, _LOCKED_PAUSE_SECONDS) + spread, self.pause_seconds)

    def _longest_pause(self) -> float:
        return jittered(self._longest_pause_seconds, 0.75, 1)
