"""Small libraries in C that change what the processes see that preload them."""

import shutil
import struct
import subprocess
from functools import cache
from pathlib import Path

from cluster.process import MissingProgram, temporary_folder


class Preloaded:
    """A library that all processes with `environ` preload, and the number that steers it.

    The library has the number mapped: all of them see a change at once. `name` is that of the
    source beside this module, without its ending.
    """

    def __init__(self, name: str, **environ: str) -> None:
        folder = temporary_folder(self, f"qader-{name}-")
        folder.chmod(0o755)  # a server may run as another user, whatever this one's umask
        self._number = folder / "number"
        self.set(0)
        self._number.chmod(0o644)
        library = {"LD_PRELOAD": str(_library(name)), "PRELOADED_NUMBER": str(self._number)}
        self.environ = library | environ

    def set(self, number: int) -> None:
        # In place and in one write: the processes have this file mapped.
        with self._number.open("r+b" if self._number.exists() else "wb") as file:
            file.write(struct.pack("=q", number))


@cache
def _library(name: str) -> Path:
    """Compile a library, once for each process. Raises MissingProgram."""
    gcc = shutil.which("gcc")
    if gcc is None:
        raise MissingProgram("gcc is not installed: apt-get install gcc libc6-dev")
    folder = temporary_folder(Preloaded, "qader-library-")
    folder.chmod(0o755)
    library = folder / f"{name}.so"
    flags = ["-Wall", "-Werror", "-O2", "-shared", "-fPIC"]
    subprocess.run([gcc, *flags, "-o", library, Path(__file__).with_name(f"{name}.c")], check=True)
    library.chmod(0o755)
    return library
