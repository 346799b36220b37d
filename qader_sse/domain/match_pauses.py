"""For how long somebody who has missed a match, or left it at once, is refused a search."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from qader_sse.domain.time_limits import TimeLimits
from qader_sse.domain.violations import MatchesMissed

# After this, a missed match is forgotten.
REACH = timedelta(days=1)
# Whoever is ready and leaves after this long was kept waiting, and has missed nothing. Sooner, it is
# they who keep others from playing: a program is ready and gone before the other one can be ready.
PATIENCE = timedelta(seconds=15)
# Twice as long so many times is longer than any setting, and no number that is too large.
_MAX_DOUBLINGS = 40


def require_no_pause(missed: Sequence[datetime], limits: TimeLimits, now: datetime) -> None:
    """Refuse a search while the pause lasts that follows the last of these missed matches."""
    if not missed:
        return
    doublings = min(len(missed) - 1, _MAX_DOUBLINGS)
    pause = min(limits.match_pause_seconds * 2**doublings, limits.longest_match_pause_seconds)
    left = pause - (now - missed[-1]).total_seconds()
    if left > 0:
        raise MatchesMissed(left)
