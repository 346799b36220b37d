"""What happens to a stream in which an unexpected exception is raised."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, Protocol, TypeVar


class CanFail(Protocol):
    def fail(self) -> None:
        """Log the exception that is being handled, and end."""


Failing = TypeVar("Failing", bound=CanFail)
Given = ParamSpec("Given")


def ends_on_failure(
    step: Callable[Concatenate[Failing, Given], None],
) -> Callable[Concatenate[Failing, Given], None]:
    """End the stream whose step raises: the event loop must go on for all others."""

    @wraps(step)
    def guarded(self: Failing, /, *args: Given.args, **kwargs: Given.kwargs) -> None:
        try:
            step(self, *args, **kwargs)
        except Exception:  # noqa: BLE001  # fail() logs it
            self.fail()

    return guarded
