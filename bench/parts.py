"""The parts that a page is measured in, one after the other, and how long each takes.

What fails in one part is on the page in its place; the others are measured all the same.
"""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from bench.report import Section

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Part:
    """A measurement for one section, which several parts may share."""

    name: str  # on the command line
    section: str  # the title
    what: str  # of this section
    seconds: float  # about, on a machine with two cores that does nothing else
    measure: Callable[[], Section]

    @property
    def title(self) -> str:
        return f"{self.section}: {self.what}"


def plan(parts: Sequence[Part]) -> Iterator[str]:
    """Yield what is measured, in order, and about how long it takes."""
    for part in parts:
        yield f"{part.seconds / 60:5.1f} min  {part.title}"
    yield f"{_minutes(parts):5.1f} min  in all, on two cores that do nothing else"


def measured(parts: Sequence[Part]) -> Iterator[Section]:
    """Measure the parts, and log before each how long the rest takes, by how long the others took."""
    began_at, reckoned = time.monotonic(), 0.0
    for number, part in enumerate(parts):
        slowness = (time.monotonic() - began_at) / reckoned if reckoned else 1.0
        left = _minutes(parts[number:]) * slowness
        logger.info("%s; from here on about %.0f min", part.title, left)
        try:
            yield part.measure()
        except Exception as failure:  # whatever it is, the others stay
            logger.exception("%s failed", part.title)
            problem = f"{part.what} could not be measured: {first_line(failure)}"
            yield Section(part.section, "", problems=[problem])
        reckoned += part.seconds


def first_line(failure: BaseException | str) -> str:
    """Return what a page says of a failure; the log has the rest."""
    lines = str(failure).splitlines()
    return lines[0].rstrip(":") if lines else type(failure).__name__


def _minutes(parts: Sequence[Part]) -> float:
    return sum(part.seconds for part in parts) / 60
