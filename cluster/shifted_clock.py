"""A wall clock that differs from the machine's, for one node.

A small library is compiled and preloaded for it. Debian's libfaketime cannot be used: under it, each
`time.sleep` of Python raises EINVAL, because it shifts the end of a sleep by the monotonic clock.
"""

import shutil
import struct
import subprocess
from functools import cache
from pathlib import Path

from cluster.process import MissingProgram, temporary_folder

_SOURCE = Path(__file__).with_name("shifted_clock.c")


class ShiftedClock:
    """The wall clock of all processes started with `environ`; they see a shift at once.

    Only the wall clock is shifted. Clocks that nobody can set, such as the monotonic one, run on.
    """

    def __init__(self) -> None:
        self._offset = temporary_folder(self, "qader-clock-") / "offset"
        self._offset.write_bytes(bytes(8))
        self.environ = {"LD_PRELOAD": str(_library()), "SHIFTED_CLOCK": str(self._offset)}

    def shift(self, seconds: int) -> None:
        """Set how many seconds the clock is ahead of the machine's; behind, if negative."""
        # In place and in one write: the processes have this file mapped.
        with self._offset.open("r+b") as file:
            file.write(struct.pack("=q", seconds))


@cache
def _library() -> Path:
    """Compile the library, once for each process. Raises MissingProgram."""
    gcc = shutil.which("gcc")
    if gcc is None:
        raise MissingProgram("gcc is not installed: apt-get install gcc libc6-dev")
    library = temporary_folder(ShiftedClock, "qader-clock-library-") / "shifted_clock.so"
    flags = ["-Wall", "-Werror", "-O2", "-shared", "-fPIC"]
    subprocess.run([gcc, *flags, "-o", library, _SOURCE], check=True)
    return library
