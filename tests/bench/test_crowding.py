"""What counts as crowding out: the goals that `bench.crowding` reports as missed."""

from collections import Counter

import pytest

from bench.crowding import CASES, Outcome
from bench.crowds import CROWDS, Result
from bench.delivery_check import Counts
from bench.duel_load import LoadResult


def outcome(during_ms: float, failed: int = 0, sign_ins: tuple[float | None, ...] = ()) -> Outcome:
    """Return an outcome whose duels took 100 ms before and after the crowd."""
    seen = [(float(second), during_ms / 1000 if 10 <= second < 20 else 0.1) for second in range(30)]
    duels = LoadResult(
        began_at=0,
        ended_at=30,
        acknowledged=[],
        seen=seen,
        duels=1,
        failed=Counter(reason=failed),
        requests=0,
        deferred=0,
        refused=Counter(),
        messages=Counts(),
        cores={},
    )
    return Outcome(CASES[0], duels, Result(began_at=10, ended_at=20), sign_ins)


def test_the_times_of_duels_are_split_by_when_the_crowd_was_there() -> None:
    found = outcome(during_ms=300)
    parts = ("before", "during", "after")
    assert [found.quantiles(part)[0] for part in parts] == pytest.approx([100, 300, 100])


@pytest.mark.parametrize(
    ("found", "missed"),
    [
        (outcome(120, sign_ins=(0.3, 1.9)), 0),
        (outcome(130), 1),
        (outcome(120, failed=1), 1),
        (outcome(120, sign_ins=(2.1,)), 1),
        (outcome(120, sign_ins=(None,)), 1),
        (outcome(130, failed=1, sign_ins=(None,)), 3),
    ],
)
def test_each_goal_that_is_missed_is_named(found: Outcome, missed: int) -> None:
    assert len(found.misses) == missed


def test_every_case_has_a_crowd() -> None:
    assert {case.kind for case in CASES} == set(CROWDS)
