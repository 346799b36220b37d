"""Files with secrets, which no other user of the machine may read."""

import logging
import os
from contextlib import suppress
from pathlib import Path

logger = logging.getLogger(__name__)

_OF_OTHERS = 0o077


def create(path: Path) -> None:
    """Create an empty file that only its owner may read, unless there is one already.

    Without this, the umask would decide, which lets everybody read in most installations.
    """
    with suppress(OSError):  # whoever opens it reports what is wrong
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))


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
