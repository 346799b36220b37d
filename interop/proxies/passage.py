"""What became of the events of one client behind one proxy, as cells of a table."""

from dataclasses import dataclass, field
from statistics import median

from interop.proxies.setups import Setup
from interop.results import Cell

# A passage is bad if the median delay exceeds this. An event that takes GIVE_UP_SECONDS is lost.
LATE_SECONDS = 0.1
GIVE_UP_SECONDS = 2.0


@dataclass(slots=True)
class Passage:
    """`delays` are from a POST to its event; None: it did not come."""

    setup: Setup
    client: str
    delays: list[float | None] = field(default_factory=list)
    resumes: bool = False
    after_quiet: float | None = None
    noticed_after: float | None = None
    problem: str = ""

    @property
    def is_good(self) -> bool:
        return all(cell.is_good for cell in self.cells())

    def cells(self) -> list[Cell]:
        """Return delays, cursor, what came after the quiet, and when the leaving was noticed."""
        if not any(self.delays):
            return [Cell(self.problem or "nothing passes", is_good=False), *[Cell("–", True)] * 3]
        return [
            self._delay_cell(),
            Cell("yes" if self.resumes else "no", self.resumes),
            Cell(_milliseconds(self.after_quiet), self.after_quiet is not None),
            Cell(
                "not at all" if self.noticed_after is None else f"{self.noticed_after:.1f} s",
                is_good=True,
            ),
        ]

    def _delay_cell(self) -> Cell:
        passed = [delay for delay in self.delays if delay is not None]
        middle = median(passed)
        text = f"{_milliseconds(middle)}, {_milliseconds(max(passed))}"
        if len(passed) < len(self.delays):
            return Cell(f"{text}, {len(self.delays) - len(passed)} lost", is_good=False)
        return Cell(text, middle <= LATE_SECONDS)


def _milliseconds(seconds: float | None) -> str:
    return "none" if seconds is None else f"{1000 * seconds:.0f} ms"
