"""Whether the database can be reached and does its work, as its statements have shown."""

import logging
import time
from collections.abc import Callable

from sqlalchemy.exc import DBAPIError

from qader_sse.store.dialect import Dialect
from qader_sse.store.errors import Fault, StoreAway, StoreBroken

logger = logging.getLogger(__name__)

# How long a fault counts after a statement has shown it, unless a use case's write succeeds before.
# The small write of `DatabaseCheck` is no proof: on a full disk it may succeed where others fail.
_FAULT_SECONDS = 10.0


class Availability:
    """What is known of one database."""

    def __init__(self, dialect: Dialect) -> None:
        self.is_up = True
        self._dialect = dialect
        self._when_it_changes: list[Callable[[], None]] = []
        self._fault: Fault | None = None  # until a write succeeds
        self._fault_at = 0.0  # of time.monotonic

    @property
    def fault(self) -> Fault | None:
        """What has to be mended, if a statement showed it in the last ten seconds; else None."""
        is_recent = time.monotonic() - self._fault_at < _FAULT_SECONDS
        return self._fault if is_recent else None

    def when_it_changes(self, callback: Callable[[], None]) -> None:
        """Have the callback called each time the database becomes unreachable or reachable."""
        self._when_it_changes.append(callback)

    def raise_for(self, error: BaseException) -> None:
        """Note what an error shows; raise StoreUnavailable in place of a driver's error that means so."""
        if isinstance(error, StoreBroken):
            self._note_fault(error)
        if not isinstance(error, DBAPIError):
            return
        failure = self._dialect.failure_of(error)
        if failure is None:
            return
        if isinstance(failure, StoreBroken):
            self._note_fault(failure)
        elif isinstance(failure, StoreAway):
            self.note_loss(error.orig)
        raise failure from error

    def note_answer(self) -> None:
        """Note that the database has done what was asked, so that it is reachable."""
        self._set(is_up=True)

    def note_loss(self, reason: object = "the connection broke") -> None:
        """Note that a connection is lost."""
        self._set(is_up=False, reason=reason)

    def note_write(self) -> None:
        """Note that a write has succeeded, so that what was broken is mended."""
        if self._fault is not None:
            self._fault = None
            logger.warning("the database is mended")

    def _note_fault(self, broken: StoreBroken) -> None:
        self._fault_at = time.monotonic()
        if broken.fault != self._fault:
            self._fault = broken.fault
            logger.error("the database needs to be mended (%s)", broken)

    def _set(self, *, is_up: bool, reason: object = "") -> None:
        if is_up == self.is_up:
            return
        self.is_up = is_up
        for callback in self._when_it_changes:
            callback()
        if is_up:
            logger.warning("the database is back")
        else:
            logger.warning("degraded: the database is away (%s)", str(reason).strip())
