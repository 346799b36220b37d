"""Pauses between bursts, for deployed clients that keep only the latest message."""

from qader_sse.realtime.protocol.frames import Frame

# The seconds that a deployed client gets to show a burst, and to show a whole challenge. Measured:
# 99 % of renderings were done in 13 ms.
BURST_PAUSE, CHALLENGE_PAUSE = 0.03, 0.1


class BurstPacer:
    """Says how long the next frame is to wait, until the client has shown the last burst.

    Within a burst no frame waits: the last one matters most. But of two answers within a few
    milliseconds the first score would be lost until the next answer, and of a snapshot with an
    answer right behind it, the whole challenge until its end. Both were seen in the deployed client.
    """

    __slots__ = ("_free_at", "_last_type")

    def __init__(self) -> None:
        self._free_at = 0.0
        self._last_type = ""

    def pause(self, frame: Frame, now: float) -> float:
        """Return for how many seconds this frame is to wait."""
        # A start or an end replaces everything before it. The update that follows a result belongs
        # to the same burst.
        is_urgent = frame.type in ("challenge.start", "challenge.end")
        if is_urgent or self._last_type == "answer.result":
            return 0.0
        return max(0.0, self._free_at - now)

    def sent(self, frame: Frame, now: float) -> None:
        """Note that a frame was written."""
        is_whole_challenge = frame.type.startswith("challenge.")
        self._free_at = now + (CHALLENGE_PAUSE if is_whole_challenge else BURST_PAUSE)
        self._last_type = frame.type
