"""How long streams wait."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long streams wait, in seconds."""

    heartbeat_seconds: float
    peer_timeout_seconds: float
    retry_seconds: float
