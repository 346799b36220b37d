"""The fault that the proxy applies, and which connections it concerns."""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Self

NAMES = (
    "pass",
    "delay",
    "partition",
    "refuse",
    "reset",
    "cut",
    "half_open",
    "buffer",
    "bad_gateway",
    "captive_portal",
)


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault with its options; `__main__` describes them."""

    name: str = "pass"
    only: str | None = None  # "streams" spares every connection that carries no event stream
    chance: float = 1.0  # the share of connections that are concerned
    bytes: int = 4000
    low_ms: float = 0.0
    high_ms: float = 0.0

    @classmethod
    def parse(cls, options: Mapping[str, Any]) -> Self:
        """Return the fault. Raises ValueError for unknown values, TypeError for unknown options."""
        fault = cls(**options)
        if fault.name not in NAMES or fault.only not in (None, "streams"):
            raise ValueError(f"unknown fault: {dict(options)}")
        return fault


class FaultState:
    """The current fault, and how many connections each fault has affected."""

    def __init__(self) -> None:
        self.fault = Fault()
        self.counts: Counter[str] = Counter()
        self._change = asyncio.Event()

    def replace(self, fault: Fault) -> None:
        self.fault = fault
        before, self._change = self._change, asyncio.Event()
        before.set()

    async def wait_while(self, holds: Callable[[], bool]) -> None:
        """Return when the condition does not hold; it is checked after each change of the fault."""
        while holds():
            await self._change.wait()
