"""By how much this machine is late: what a busy one does by itself is no finding about the service."""

import threading
import time
from types import TracebackType
from typing import Self

_EVERY_SECONDS = 0.05


class Lateness:
    """Wakes a thread again and again for as long as the `with` block, and notes how late it came."""

    def __init__(self) -> None:
        self.longest_seconds = 0.0
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._is_over.set()
        self._thread.join()

    def _watch(self) -> None:
        due_at = time.monotonic() + _EVERY_SECONDS
        while not self._is_over.wait(_EVERY_SECONDS):
            self.longest_seconds = max(self.longest_seconds, time.monotonic() - due_at)
            due_at = time.monotonic() + _EVERY_SECONDS
