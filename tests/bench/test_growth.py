"""`bench.growth` measures each endpoint on both databases, and marks what grows."""

from pathlib import Path

import pytest
from flask import Flask

from bench import growth_report
from bench.filled_database import Sizes
from bench.growth import Side, measure, report


def test_each_endpoint_is_measured_on_a_database_that_is_empty_and_on_one_that_is_filled(
    tmp_path: Path,
) -> None:
    urls = [f"sqlite:///{tmp_path / name}.sqlite3" for name in ("empty", "filled")]
    sides = measure(urls, Sizes(people=60, challenges=400, online=10), 1, lambda: 0.0)
    empty, filled = sides
    assert empty.times.keys() == filled.times.keys()
    assert min(min(times) for times in filled.times.values()) > 0
    # The one who searches was there a moment ago.
    nobody = 0
    assert [side.service.seekers.seen_by(nobody).total() for side in sides] == [0, 1]


def test_what_costs_more_than_half_as_much_again_is_marked_and_comes_first(app: Flask) -> None:
    times = {"GET /flat": ([1.0, 1.1, 9.0], [1.2, 1.0, 1.1]), "GET /grown": ([2.0], [3.1])}
    sides = [Side(app, lambda: 0.0), Side(app, lambda: 0.0)]
    for route, both in times.items():
        for side, of_side in zip(sides, both, strict=True):
            side.times[route] = of_side
    _, first, second = report(sides)
    assert first.split() == ["GET", "/grown", "2.00", "3.10", "1.55", "GROWS"]
    assert second.split() == ["GET", "/flat", "1.10", "1.10", "1.00"]


def test_the_page_says_which_endpoint_grows_most_and_holds_it_against_the_bound() -> None:
    plan = growth_report.Plan("sqlite", Sizes(people=60, challenges=400))
    section = growth_report.section(plan, {"GET /flat": (1.0, 1.1), "GET /grown": (2.0, 3.1)})
    (table,) = section.tables
    assert [row[0] for row in table.rows] == ["`GET /grown`", "`GET /flat`"]
    assert section.problems == [f"{plan.what}: `GET /grown` takes 1.55 times as long"]
    assert plan.what == "SQLite, 400 challenges, 2,060 events, 60 people"
    assert "most takes `GET /grown`, 1.55 (2.00 to 3.10 ms)" in section.findings[0]
    flat = growth_report.section(plan, {"GET /flat": (1.0, 1.1)})
    assert flat.problems == []


@pytest.mark.timeout(300)
def test_a_process_of_its_own_measures_it() -> None:
    plan = growth_report.Plan("sqlite", Sizes(people=60, challenges=400, online=10), rounds=1)
    found = growth_report.in_process(plan)
    assert len(found) > 30
    assert all(empty > 0 and filled > 0 for empty, filled in found.values())
