"""Waiting for a condition that another process brings about."""

import time
from collections.abc import Callable

_PAUSE_SECONDS = 0.005


def wait_until(condition: Callable[[], object], timeout: float = 20) -> None:
    """Wait until the condition holds. Raises TimeoutError after `timeout` seconds."""
    give_up_at = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > give_up_at:
            raise TimeoutError(f"{condition} did not come true in {timeout} s")
        time.sleep(_PAUSE_SECONDS)
