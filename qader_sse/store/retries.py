"""Runs use cases again that the database undid, or could not be reached for."""

import time
from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from qader_sse.jitter import jittered
from qader_sse.store.errors import Conflict, StoreAway

Self = TypeVar("Self")
Args = ParamSpec("Args")
Result = TypeVar("Result")

# Tries in all. A lost connection is replaced once: after a restart of the database, the pool's
# old connections are dead while the server is up again.
_TRIES = {Conflict: 3, StoreAway: 2}
_RETRY_PAUSE_SECONDS = 0.02


def retried(
    use_case: Callable[Concatenate[Self, Args], Result],
) -> Callable[Concatenate[Self, Args], Result]:
    """Run a use case again if the database undid it, or was lost before the commit.

    Only for a method that is one transaction and takes all it needs as arguments, so that nothing
    is left of the first try. A broken commit (OutcomeUnknown) is not repeated: it may have
    happened.
    """

    @wraps(use_case)
    def run(self: Self, /, *args: Args.args, **kwargs: Args.kwargs) -> Result:
        tries = 0
        while True:
            tries += 1
            try:
                return use_case(self, *args, **kwargs)
            except (Conflict, StoreAway) as error:
                if tries >= _TRIES[StoreAway if isinstance(error, StoreAway) else Conflict]:
                    raise
            time.sleep(jittered(_RETRY_PAUSE_SECONDS, 0.5, 1.5))

    return run
