"""A page of figures: tables, and charts that load nothing."""

from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree

import pytest

from bench import fanout, quiet
from bench.contender import Contender
from bench.contenders import Entrant, entrants
from bench.fanout_cases import CASES, Case, Round, Row
from bench.load_client.client import Result
from bench.report import Section, markdown, page, write_charts
from cluster.process import MissingProgram
from cluster.redis_server import RedisServer

FINE = Result(2000, 1.0, 500, 1000, 1000, 1.0, 0, 0, 0, 0.5, 2.0, 3.0, 0.1, 0.1)


def row(name: str, *, is_ours: bool, result: Result = FINE, server_cores: float = 0.9) -> Row:
    return Row(name, "1", is_ours, False, [Round(result, server_cores, 0.1, 0.0)])


def gone(name: str) -> Entrant:
    class Gone(SimpleNamespace):
        def __enter__(self) -> None:
            raise FileNotFoundError("no such file: /proc/7/stat")

        def __exit__(self, *error: object) -> None: ...

    def create(redis: RedisServer, topics: int, viewers_per_topic: int) -> Contender:
        contender: Any = Gone(name=name, version="1", max_per_second=0)
        created: Contender = contender
        return created

    return Entrant(name, create, is_in_all=True)


def test_the_table_compares_ours_with_every_peer():
    peer = Result(2000, 1.0, 250, 500, 500, 1.0, 0, 0, 0, 0.5, 4.0, 6.0, 0.1, 0.1)
    rows = [row("ours", is_ours=True), row("peer", is_ours=False, result=peer)]

    (table,) = fanout.section([(CASES[0], rows)]).tables

    text = markdown(table)
    assert "| ours | 1,000 | 1.00 × |" in text
    assert "| peer | 500 | 2.00 × |" in text


def test_a_lost_message_is_a_problem_of_ours_and_only_a_figure_of_a_peer():
    lossy = Result(2000, 1.0, 500, 999, 999, 1.0, 1, 0, 0, 0.5, 2.0, 3.0, 0.1, 0.1)

    ours = fanout.section([(CASES[0], [row("ours", is_ours=True, result=lossy)])])
    peer = fanout.section([(CASES[0], [row("peer", is_ours=False, result=lossy)])])

    assert len(ours.problems) == 1
    assert peer.problems == []


def test_a_client_that_cannot_keep_up_is_a_problem():
    busy = Result(2000, 1.0, 500, 1000, 1000, 1.0, 0, 0, 0, 0.5, 2.0, 3.0, 0.9, 0.95)
    rows = [row("peer", is_ours=False, result=busy, server_cores=0.5)]

    (problem,) = fanout.section([(CASES[0], rows)]).problems

    assert "bottleneck" in problem


def test_a_server_that_failed_in_every_round_is_a_row_of_dashes():
    failed = Row("peer", "1", False, False, [], ["stream 7 was refused"])

    section = fanout.section([(CASES[0], [row("ours", is_ours=True), failed])])

    text = markdown(section.tables[0])
    assert "| peer | - | - |" in text
    assert "- peer failed: stream 7 was refused" in text
    assert section.problems == []


@pytest.mark.programs
def test_a_server_that_is_not_installed_is_a_row_of_dashes():
    def missing(redis: RedisServer, topics: int, viewers_per_topic: int) -> Contender:
        raise MissingProgram("the peers are not installed")

    case = Case("fan-out", "a title", 10, 2, rounds=1)
    found = fanout.measure([Entrant("peer", missing, is_in_all=True)], case)

    (table,) = found.tables
    assert "| peer | - | - |" in markdown(table)
    assert table.notes == ["peer failed: the peers are not installed"]


@pytest.mark.programs
@pytest.mark.parametrize(
    "measure",
    [
        lambda entrants: fanout.measure(entrants, Case("one", "a title", 10, 2, rounds=2)),
        lambda entrants: quiet.measure(entrants, 2, 10),
    ],
    ids=["fan-out", "quiet"],
)
def test_a_server_whose_process_is_gone_does_not_end_the_measurement(
    measure: Callable[[Sequence[Entrant]], Section],
) -> None:
    (table,) = measure([gone("one"), gone("other")]).tables

    assert [cells[-2:] for cells in table.rows] == [[0, 2], [0, 2]]


def test_each_contender_has_its_own_number_of_rounds():
    """Those that ours is held against are in every case, as often as ours."""
    few, many = entrants(["starlette"]), {one.name: one for one in entrants()}
    case = Case("fan-out", "a title", 10, 2, rounds=5, rounds_of_others=2)

    assert [case.rounds_of(many[name]) for name in ("ours", "nchan", "epoll", "starlette")] == [
        *(5, 5, 5, 2)
    ]
    assert case.rounds_of(few[0]) == 5  # it was named


def test_charts_are_separate_files_that_load_nothing(tmp_path):
    section = fanout.section([(CASES[0], [row("ours", is_ours=True), row("<b>", is_ours=False)])])

    write_charts([section], tmp_path)

    drawn = (tmp_path / "bench-fan-out.svg").read_text()
    assert "&lt;b&gt;" in drawn
    assert {part for part in drawn.split('"') if "//" in part} == {"http://www.w3.org/2000/svg"}
    assert ElementTree.fromstring(drawn).tag.endswith("svg")  # noqa: S314  # just drawn
    assert "(img/bench-fan-out.svg)" in page("# Figures\n", {}, [section], "img")
