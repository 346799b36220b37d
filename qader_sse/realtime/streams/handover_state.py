"""Whether this worker hands sockets over, and what the log says where it does not."""

import logging

logger = logging.getLogger(__name__)


class HandoverState:
    """Whether the self-test ran, and what it found; logs each obstacle to a hand-over once."""

    def __init__(self) -> None:
        self.is_tested = False
        self.obstacle: str | None = None  # what the self-test found
        self._logged: set[str] = set()

    @property
    def is_ok(self) -> bool:
        return self.is_tested and self.obstacle is None

    def record_test(self, obstacle: str | None) -> None:
        self.is_tested = True
        self.obstacle = obstacle
        if obstacle:
            self.log_once(obstacle)

    def log_once(self, obstacle: str) -> None:
        if obstacle not in self._logged:
            self._logged.add(obstacle)
            logger.warning(
                "streams are not handed over, each takes a greenlet of the server: %s", obstacle
            )
