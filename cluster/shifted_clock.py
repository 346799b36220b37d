"""A wall clock that differs from the machine's, for one node.

A small library is compiled and preloaded for it. Debian's libfaketime cannot be used: under it, each
`time.sleep` of Python raises EINVAL, because it shifts the end of a sleep by the monotonic clock.
"""

from cluster.preloaded import Preloaded


class ShiftedClock:
    """The wall clock of all processes started with `environ`; they see a shift at once.

    Only the wall clock is shifted. Clocks that nobody can set, such as the monotonic one, run on.
    """

    def __init__(self) -> None:
        self._library = Preloaded("shifted_clock")
        self.environ = self._library.environ

    def shift(self, seconds: int) -> None:
        """Set how many seconds the clock is ahead of the machine's; behind, if negative."""
        self._library.set(seconds)
