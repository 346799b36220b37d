"""Waiting for a condition that another process brings about."""

import time
from collections.abc import Callable

_PAUSE_SECONDS = 0.005


def wait_until(
    condition: Callable[[], object], timeout: float = 20, pause: float = _PAUSE_SECONDS
) -> None:
    """Wait until the condition holds. Raises TimeoutError after `timeout` seconds.

    `pause` is what lies between two questions: more, where to ask is work.
    """
    give_up_at = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > give_up_at:
            raise TimeoutError(f"{condition} did not come true in {timeout} s")
        time.sleep(pause)
