"""The file of a SQLite database: whether the one at its path is the one that is open."""

import os
from pathlib import Path

from qader_sse import private_files
from qader_sse.store.errors import StoreBroken

# A number that Linux makes at each start of the machine.
_BOOT = Path("/proc/sys/kernel/random/boot_id")


class DatabaseFile:
    """Compares the file at a path with the one that was opened there first.

    After a file is moved away or replaced, open connections go on with the former one, and what
    they commit is lost. Opening the new one beside them would mix its journal with theirs.
    """

    def __init__(self, path: str | None) -> None:
        self._path = None if path in (None, "", ":memory:") else Path(str(path))
        self._opened: tuple[int, int] | None = None  # the device and the inode

    def keep_private(self) -> None:
        """Have no other user of the machine read the file: it holds e-mails and password hashes.

        SQLite gives its journals the permissions of the file.
        """
        if self._path is None or self._opened is not None or str(self._path).startswith("file:"):
            return
        private_files.create(self._path)
        for suffix in ("", "-wal", "-shm"):
            private_files.tighten(Path(f"{self._path}{suffix}"))

    def note_opened(self) -> str:
        """Note which file was opened; return an identity that differs for another file or boot.

        A power cut may lose the last commits, and a boot follows it.
        """
        if self._path is None:
            return "memory"
        device, inode = self._opened = self._at_path() or (0, 0)
        boot = _BOOT.read_text().strip() if _BOOT.exists() else ""
        return f"{device}:{inode}:{boot}"

    def require_same(self) -> None:
        """Raise StoreBroken if the path has another file than the one that was opened, or none."""
        if self._opened is not None and self._at_path() != self._opened:
            raise StoreBroken(
                "replaced",
                f"{self._path} is missing or another file than the one in use. Put that one back,"
                " or stop the service, remove the files that end in -wal and -shm, and start it",
            )

    def _at_path(self) -> tuple[int, int] | None:
        assert self._path is not None  # noqa: S101 # nosec B101  # for the type checker
        try:
            # Before each use of a connection, so by half the calls of `Path.stat`.
            found = os.stat(str(self._path))
        except OSError:
            return None
        return found.st_dev, found.st_ino
