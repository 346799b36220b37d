"""Closes the connections of a worker that stops: in waves, over a time.

If all were closed at once, all clients would reconnect to the other workers at once.
"""

from collections.abc import Sequence
from math import ceil
from typing import Protocol

import gevent

from qader_sse.realtime.protocol.frames import ClosingReason

# A wave is never smaller than this, so that a worker with few connections closes all of them at once.
_MIN_WAVE = 20
_WAVE_PAUSE_SECONDS = 0.25


class Closable(Protocol):
    """What can be closed for a reason."""

    def close(self, reason: ClosingReason) -> None: ...


def close_in_waves(connections: Sequence[Closable], seconds: float) -> None:
    """Close a wave of connections, pause, and close the next, until all are closed."""
    waves = max(1, round(seconds / _WAVE_PAUSE_SECONDS))
    wave = max(_MIN_WAVE, ceil(len(connections) / waves))
    for start in range(0, len(connections), wave):
        if start > 0:
            gevent.sleep(_WAVE_PAUSE_SECONDS)
        for connection in connections[start : start + wave]:
            connection.close("draining")
