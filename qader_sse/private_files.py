"""Files with secrets, which no other user of the machine may read."""

import logging
import os
from contextlib import suppress
from pathlib import Path
from typing import TextIO

logger = logging.getLogger(__name__)

_OF_OTHERS = 0o077


def open_new(path: Path) -> TextIO:
    """Open a new file, in UTF-8, that only its owner may read. Raises OSError if there is one.

    Without this, the umask would decide, which lets everybody read in most installations.
    """
    descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    return open(descriptor, "w", encoding="utf-8")


def create(path: Path) -> None:
    """Create an empty file that only its owner may read, unless there is one already."""
    with suppress(OSError):  # whoever opens it reports what is wrong
        open_new(path).close()


def tighten(path: Path) -> None:
    """Take the permissions of all others from a file, as it may be from an earlier version."""
    try:
        mode = path.stat().st_mode
        if mode & _OF_OTHERS:
            path.chmod(mode & ~_OF_OTHERS & 0o777)
            logger.warning("%s was open to other users of this machine; now it is not", path)
    except FileNotFoundError:
        return
    except OSError as error:
        logger.warning("%s may be open to other users, run chmod 600: %s", path, error)
