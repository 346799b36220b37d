"""How long each use case takes, how it ends, and how many statements it sends to the database."""

import inspect
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from functools import wraps
from typing import ParamSpec, TypeVar

from qader_sse.domain.violations import RuleViolation
from qader_sse.histogram import Histogram
from qader_sse.store.errors import StoreAway, StoreBroken, StoreBusy, StoreUnavailable
from qader_sse.use_cases.passwords import TooManyWaiting

Args = ParamSpec("Args")
Result = TypeVar("Result")

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
# What the statements are counted under that no use case sends: those that read sessions, open
# streams and compare topics with the log.
_NO_USE_CASE = "none"
# The one that runs: each greenlet, and each thread, has a value of its own.
_running: ContextVar[str] = ContextVar("use_case", default=_NO_USE_CASE)
_USE_CASES = "qader_sse.use_cases."


class UseCaseMeasures:
    """Measures the public methods of use cases: a new one in `Service` from its first day."""

    def __init__(self) -> None:
        self.seconds: defaultdict[tuple[str, str], Histogram] = defaultdict(
            lambda: Histogram(_SECONDS)
        )  # by use case and outcome
        self.statements: Counter[str] = Counter()  # by use case
        self.failed = 0  # of all use cases: those that ended in an error that nobody foresaw

    def measure(self, parts: Mapping[str, object]) -> None:
        """Measure those of these objects that are use cases, each method as `name.method`."""
        for name, part in parts.items():
            if type(part).__module__.startswith(_USE_CASES):
                self._measure(name, part)

    def count_statement(self, *given: object) -> None:
        """Count a statement for the use case that sends it: a listener of the engine."""
        self.statements[_running.get()] += 1

    def _measure(self, group: str, use_cases: object) -> None:
        for name, method in inspect.getmembers(use_cases, inspect.ismethod):
            if not name.startswith("_"):
                setattr(use_cases, name, self._measured(f"{group}.{name}", method))

    def _measured(self, name: str, method: Callable[Args, Result]) -> Callable[Args, Result]:
        @wraps(method)
        def run(*args: Args.args, **kwargs: Args.kwargs) -> Result:
            outcome, began_at = "failed", time.monotonic()
            token = _running.set(name)
            try:
                result = method(*args, **kwargs)
                outcome = "ok"
                return result
            except Exception as error:
                outcome = _outcome(error)
                raise
            finally:
                _running.reset(token)
                self.failed += outcome == "failed"
                self.seconds[name, outcome].observe(time.monotonic() - began_at)

        return run


def _outcome(error: Exception) -> str:
    if isinstance(error, RuleViolation):
        return "refused"
    if isinstance(error, StoreBusy | TooManyWaiting):
        return "busy"
    if isinstance(error, StoreBroken):
        return "broken"
    if isinstance(error, StoreAway):
        return "away"
    return "unavailable" if isinstance(error, StoreUnavailable) else "failed"
