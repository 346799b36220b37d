"""What each endpoint costs with a big database against an empty one, as a section of the page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from bench import client_process, growth
from bench.deployment import Backend
from bench.filled_database import Sizes
from bench.parts import Part
from bench.report import Cell, Section, Table

_NAMES: dict[Backend, str] = {"sqlite": "SQLite", "postgres": "PostgreSQL"}
# Milliseconds with the empty database and with the filled one.
Times = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Plan:
    backend: Backend
    sizes: Sizes
    rounds: int = 15

    @property
    def what(self) -> str:
        events = growth.EVENTS_OF_A_CHALLENGE * self.sizes.challenges + self.sizes.people
        people, challenges = self.sizes.people, self.sizes.challenges
        return f"{_NAMES[self.backend]}, {challenges:,} challenges, {events:,} events, {people:,} people"


# With about how many seconds it takes to fill and to measure each.
PLANS = (
    (Plan("sqlite", Sizes(60_000, 200_000, 3_000)), 40.0),
    (Plan("postgres", Sizes(300_000, 1_000_000, 3_000)), 240.0),
)


def parts(rounds: int | None = None) -> list[Part]:
    """Return what there is to measure."""
    return [
        _part(Plan(plan.backend, plan.sizes, rounds or plan.rounds), seconds)
        for plan, seconds in PLANS
    ]


def _part(plan: Plan, seconds: float) -> Part:
    return Part("growth", "Growth", plan.what, seconds, lambda: section(plan, in_process(plan)))


def in_process(plan: Plan) -> dict[str, Times]:
    """Measure in a new process, which holds nothing of what was measured before."""
    return client_process.start(times, plan).result()


def times(plan: Plan) -> dict[str, Times]:
    """Return what each route takes."""
    with growth.databases(plan.backend) as (urls, in_database):
        empty, filled = growth.measure(urls, plan.sizes, plan.rounds, in_database)
    return {route: (empty.milliseconds(route), filled.milliseconds(route)) for route in empty.times}


def section(plan: Plan, found: Mapping[str, Times]) -> Section:
    ratios = {route: filled / empty for route, (empty, filled) in found.items()}
    order = sorted(ratios, key=ratios.__getitem__, reverse=True)
    rows: list[list[Cell]] = [[f"`{route}`", *found[route], ratios[route]] for route in order]
    return Section(
        "Growth",
        _TEXT,
        [Table(_HEADS, rows, f"{plan.what}: all {len(found)} endpoints", folded=True)],
        problems=[
            f"{plan.what}: `{route}` takes {ratios[route]:.2f} times as long"
            for route in order
            if ratios[route] > growth.MOST
        ],
        findings=[f"{plan.what}: {_summary(found, ratios, order)}"],
    )


def _summary(found: Mapping[str, Times], ratios: Mapping[str, float], order: Sequence[str]) -> str:
    most = order[0]
    empty, filled = found[most]
    return (
        f"of the {len(found)} endpoints, half take at most {median(ratios.values()):.2f} times as long"
        f" as with the empty one, nine tenths at most {ratios[order[len(order) // 10]]:.2f}; most"
        f" takes `{most}`, {ratios[most]:.2f} ({empty:.2f} to {filled:.2f} ms)"
    )


_TEXT = f"""\
What each endpoint costs where others have left much, against a database without them. Both are served in
one process, in turn, and times are of the processor, PostgreSQL's own included: of each endpoint the
median of all of its calls. Of the people in the big one, 3,000 are online; of its challenges a hundredth
is not over, of which a quarter are searches, one person has a tenth of all, and there is as much of
everything else that grows. What takes more than {growth.MOST} times as long is a problem.

Two endpoints follow what people do at this moment, and are bounded: who is online, and who searches (up
to a thousand), are looked up once a second, and all others who ask within the second get what was found.
Here five ask one after the other, so the median is theirs. `tests/store/test_statement_costs.py` holds
every statement to this, on both databases, by counts that no noise hides.
"""
_HEADS = ("endpoint", "empty, ms", "filled, ms", "filled to empty")
