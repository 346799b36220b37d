"""Attempts to open a stream that a worker refused. Those within a minute, for one reason, are one note.

A refused client tries again every few seconds, and an overloaded worker refuses thousands. To note
each attempt would be as many writes as there are attempts, just when there is no room for them.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from qader_sse.domain.stream_notes import Opening

# Attempts within this time of the first one are counted in its note.
_TOGETHER = timedelta(minutes=1)
# So many notes are begun within a minute at most; each is written twice.
_MAX_NOTES = 1_000

Key = tuple[int, str, str, str]  # the person, the topic, the transport, the reason


@dataclass(slots=True)
class _Attempts:
    first: Opening
    until: datetime
    count: int = 1
    written: int = 0  # how many of them have been taken

    @property
    def opening(self) -> Opening:
        return replace(self.first, refused_until=self.until, attempts=self.count)


class Refusals:
    """Notes the first attempt of each kind at once, and at the end of a minute how many followed."""

    def __init__(self) -> None:
        self._attempts: dict[Key, _Attempts] = {}

    @property
    def is_full(self) -> bool:
        return len(self._attempts) >= _MAX_NOTES

    def repeated(self, key: Key, now: datetime) -> bool:
        """Count an attempt in with the first of its kind; return False if it is the first itself."""
        known = self._attempts.get(key)
        if known is None:
            return False
        known.count, known.until = known.count + 1, now
        return True

    def begin(self, key: Key, first: Opening) -> None:
        """Note the first attempt of its kind."""
        self._attempts[key] = _Attempts(first, first.opened_at)

    def take(self, now: datetime, *, at_end: bool = False) -> list[Opening]:
        """Take what is to be written now: new notes, and those whose minute is over.

        `at_end` of the worker, no minute will be over any more.
        """
        due = []
        for key, attempts in list(self._attempts.items()):
            is_over = at_end or now - attempts.first.opened_at >= _TOGETHER
            if attempts.count > attempts.written and (is_over or not attempts.written):
                attempts.written = attempts.count
                due.append(attempts.opening)
            if is_over:
                del self._attempts[key]
        return due
