"""Ends what has run out of time, and deletes the events of what ended long ago. Rules do not wait for it: they compare with the deadline themselves.

Every worker sweeps. Whoever gets a challenge's lock first ends it; the others pass it over.
"""

import logging
import random
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from qader_sse.jitter import jittered
from qader_sse.store.errors import StoreUnavailable
from qader_sse.use_cases.maintenance import Maintenance

logger = logging.getLogger(__name__)

# Looked at every second, mostly to find that the first one's time has not come.
_BATCH = 20
# Workers that slept until the same deadline should not all wake in the same instant.
_SPREAD_SECONDS = 0.05
# What is overdue and in other hands is looked at again after this long.
_HELD_PAUSE_SECONDS = 0.2
# A challenge that cannot be ended is tried again after this long, then twice as long, and so on.
_FIRST_PUT_OFF_SECONDS, _LONGEST_PUT_OFF_SECONDS = 10.0, 3600.0
_COURTESY_SECONDS = 0.001
_TRIM_BATCH = 100
# Between two batches of deletions, for everybody else.
_TRIM_PAUSE_SECONDS = 0.1
# A phone that has not heard an answer asks again within seconds; a day is what people expect.
_KEYS_KEPT_FOR = timedelta(days=1)
_WORKERS_KEPT_FOR = timedelta(days=1)  # any time that is longer than those who are there are silent
_WORTH_A_LINE_SECONDS = 10.0


class Sweeper:
    """One worker's. `pause_seconds` says when it wants to run again."""

    def __init__(
        self,
        maintenance: Maintenance,
        clock: Callable[[], datetime],
        longest_pause_seconds: float,
        retention_seconds: float,
    ) -> None:
        self._maintenance = maintenance
        self._retention_seconds = retention_seconds
        self._clock = clock
        self._longest_pause_seconds = longest_pause_seconds
        self._put_off: dict[int, tuple[float, float]] = {}  # until when, and for how long
        self.pause_seconds = 0.0
        self.ended = 0
        self.failed = 0
        # How far past its deadline the latest challenge was when it was ended, or what others hold is.
        self.lag_seconds = 0.0

    def run_once(self) -> int:
        """End every challenge that is overdue, in batches; return how many."""
        # Whatever happens below: not at once again.
        self.pause_seconds = self._longest_pause()
        ended, worst = 0, 0.0
        while True:
            upcoming = self._maintenance.next_due(_BATCH, self._passed_over())
            now = self._clock()
            batch = [(challenge_id, due_at) for challenge_id, due_at in upcoming if due_at <= now]
            # Two workers that go through the same batch in the same order meet all the time.
            random.shuffle(batch)
            ended_now = 0
            for challenge_id, due_at in batch:
                if self._end(challenge_id):
                    ended_now += 1
                    self.lag_seconds = (self._clock() - due_at).total_seconds()
                    worst = max(worst, self.lag_seconds)
            ended += ended_now
            if ended_now == 0:
                break  # nothing is overdue, or what is, is in other hands
        if worst > _WORTH_A_LINE_SECONDS:
            logger.warning("swept late: %d challenges, the worst %.1fs overdue", ended, worst)
        self._choose_pause(upcoming)
        return ended

    def trim(self) -> int:
        """Delete the events of challenges that ended long enough ago; return how many of these.

        The keys of old requests go with them, and the notes of workers that are no more.
        """
        now = self._clock()
        ended_before = now - timedelta(seconds=self._retention_seconds)
        trimmed = 0
        while count := self._maintenance.trim(ended_before, _TRIM_BATCH, now):
            trimmed += count
            time.sleep(_TRIM_PAUSE_SECONDS)
        self._maintenance.forget_keys(now - _KEYS_KEPT_FOR)
        self._maintenance.forget_workers(now - _WORKERS_KEPT_FOR)
        return trimmed

    def _end(self, challenge_id: int) -> bool:
        # After an outage thousands are overdue. A pause before each lets everything go on that has
        # waited meanwhile; a mere turn would let each request do one step between any two.
        time.sleep(_COURTESY_SECONDS)
        try:
            did_end = self._maintenance.expire(challenge_id, self._clock())
        except StoreUnavailable:
            raise
        except Exception:
            # One broken challenge must not keep all the others from ending.
            pause = self._put_off_again(challenge_id)
            logger.exception("expiry failed challenge=%s, next try in %.0fs", challenge_id, pause)
            return False
        self._put_off.pop(challenge_id, None)
        self.ended += did_end
        return did_end

    def _put_off_again(self, challenge_id: int) -> float:
        _, earlier = self._put_off.get(challenge_id, (0.0, _FIRST_PUT_OFF_SECONDS / 2))
        pause = min(2 * earlier, _LONGEST_PUT_OFF_SECONDS)
        self._put_off[challenge_id] = (time.monotonic() + pause, pause)
        self.failed += 1
        return pause

    def _passed_over(self) -> list[int]:
        now = time.monotonic()
        # Those that others have ended meanwhile are never tried again, so never forgotten there.
        for challenge_id, (until, pause) in list(self._put_off.items()):
            if now > until + pause:
                del self._put_off[challenge_id]
        return [challenge_id for challenge_id, (until, _) in self._put_off.items() if until > now]

    def _choose_pause(self, upcoming: Sequence[tuple[int, datetime]]) -> None:
        """Sleep until the next deadline, and not for long: a shorter one may be set meanwhile."""
        put_off = self._passed_over()  # some of it just now
        due_at = next(
            (due_at for challenge_id, due_at in upcoming if challenge_id not in put_off), None
        )
        if due_at is None:
            return
        left = (due_at - self._clock()).total_seconds()
        if left < 0:
            self.lag_seconds = -left  # somebody else holds it, or did a moment ago
        spread = jittered(_SPREAD_SECONDS, 0, 1)
        self.pause_seconds = min(max(left, _HELD_PAUSE_SECONDS) + spread, self.pause_seconds)

    def _longest_pause(self) -> float:
        return jittered(self._longest_pause_seconds, 0.75, 1)
