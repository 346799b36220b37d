"""A disk that is full while a test wants it to be, for one server.

No file system is mounted for it, which would need privileges.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cluster.preloaded import Preloaded


class FullDisk:
    """The disk of all files whose paths begin with this one, for processes with `environ`."""

    def __init__(self, path: Path) -> None:
        self._library = Preloaded("full_disk", FULL_DISK_PATH=str(path))
        self.environ = self._library.environ

    @contextmanager
    def full(self) -> Iterator[None]:
        """Let no file grow meanwhile; what files have can be overwritten, as on any full disk."""
        self._library.set(1)
        try:
            yield
        finally:
            self._library.set(0)
