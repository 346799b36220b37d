"""What a thread has received on a connection, and when; another thread waits for it."""

import threading
import time


class Received:
    """Collects bytes with the moments at which they came. All times are those of time.monotonic."""

    def __init__(self) -> None:
        self.text = b""
        self.last_at = time.monotonic()
        self.ended_at: float | None = None
        self._times: list[tuple[int, float]] = []  # how long the text was, from when on
        self._changed = threading.Condition()

    def add(self, data: bytes) -> None:
        with self._changed:
            self.text += data
            self.last_at = time.monotonic()
            self._times.append((len(self.text), self.last_at))
            self._changed.notify_all()

    def note_life(self) -> None:
        """Note that something came that is no part of the text."""
        self.last_at = time.monotonic()

    def end(self) -> None:
        with self._changed:
            self.ended_at = time.monotonic()
            self._changed.notify_all()

    def wait(self, part: bytes, seconds: float) -> bool:
        """Wait until a part has come, or all has come that will; return whether the part has."""
        with self._changed:
            self._changed.wait_for(lambda: part in self.text or self.ended_at is not None, seconds)
            return part in self.text

    def wait_for_end(self, seconds: float) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self.ended_at is not None, seconds)

    def came_at(self, part: bytes) -> float:
        """Return when a part had come whole that has come."""
        end = self.text.index(part) + len(part)
        return next(at for length, at in self._times if length >= end)
