"""What a check finds: what is wrong, and what to do about it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from qader_sse.doctor.examination import Examination


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong. `fault` is its name for programs, and stays when the texts change."""

    fault: str
    what: str
    mend: str
    # Whether it hides what the other checks of its part would find.
    ends_part: bool = False


@dataclass(frozen=True, slots=True)
class Check:
    """A function, and what it looks at, as a person reads it while it runs."""

    title: str
    look: Callable[[Examination], Iterator[Finding]]


@dataclass(frozen=True, slots=True)
class Part:
    """A part of an installation. Its checks run one after the other; parts know nothing of others."""

    name: str
    is_there: Callable[[Examination], bool]
    checks: tuple[Check, ...]
