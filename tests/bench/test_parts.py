"""A page is written from parts: with what could be measured, and with what could not."""

import sys
import time
from pathlib import Path
from typing import Any

import pytest

from bench import __main__ as command
from bench import endings, parts
from bench.deployment import deployed
from bench.parts import Part
from bench.report import Chart, Section, Table, merged, page
from tests.support.log_lines import logged_by

FINE = Section("Figures", "Some text.", [Table(("what", "ms"), [["one", 1]])])


def part(name: str, section: Section, seconds: float = 60.0) -> Part:
    return Part(name, section.title, name, seconds, lambda: section)


def failing(name: str, failure: Exception, section: str = "Figures") -> Part:
    def measure() -> Section:
        raise failure

    return Part(name, section, name, 60.0, measure)


def test_the_plan_says_how_long_each_part_takes_and_all_of_them() -> None:
    every = [part("one", FINE, 30.0), part("other", FINE, 90.0)]
    assert list(parts.plan(every)) == [
        "  0.5 min  Figures: one",
        "  1.5 min  Figures: other",
        "  2.0 min  in all, on two cores that do nothing else",
    ]


def test_a_part_that_fails_is_a_problem_and_the_others_are_measured() -> None:
    failure = TimeoutError("nginx is not up after 60 s:\nthe end of its log")
    found = merged(list(parts.measured([failing("one", failure), part("other", FINE)])))
    (section,) = found
    assert section.problems == ["one could not be measured: nginx is not up after 60 s"]
    assert section.tables[0].rows == FINE.tables[0].rows
    assert "**Problem:** one could not" in page("# Page\n", {}, found, "img")


def test_what_the_rest_takes_is_reckoned_from_what_the_others_took(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    moments = iter([0.0, 120.0])
    monkeypatch.setattr(time, "monotonic", lambda: next(moments))
    with caplog.at_level("INFO", logger="bench.parts"):
        list(parts.measured([part("slow", FINE), part("other", FINE, 300.0)]))
    assert [record.getMessage() for record in logged_by(caplog, parts)] == [
        "Figures: slow; from here on about 6 min",
        "Figures: other; from here on about 10 min",
    ]


def test_sections_of_one_title_are_one_with_their_rows_in_one_table() -> None:
    heads = ("what", "ms")
    one = Section(
        "A", "text", [Table(heads, [["one", 1]], notes=["n"])], [Chart("c", "C", "s", [])]
    )
    other = Section(
        *("A", "text", [Table(heads, [["other", 2]])], [Chart("c", "C", "s", [("o", 2)])]),
        findings=["found"],
    )
    apart = Section("A", "text", [Table(("else",), [["x"]])])
    (found,) = merged([one, other, apart])
    assert [table.rows for table in found.tables] == [[["one", 1], ["other", 2]], [["x"]]]
    assert found.tables[0].notes == ["n"]
    assert [chart.bars for chart in found.charts] == [[("o", 2)]]
    text = page("# Page\n", {}, [found], "img")
    assert text.count("text") == 1
    assert "\n- found\n" in text


@pytest.mark.timeout(300)
@pytest.mark.programs
def test_the_page_is_written_with_what_was_measured_and_what_failed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def small(options: Any) -> list[Part]:
        def measure() -> Section:
            with deployed("sqlite", 1, pinned=False) as deployment:
                return endings.section(5, endings.endings(deployment, 5))

        return [
            Part("endings", "Endings", "of five duels", 10.0, measure),
            failing("quiet", RuntimeError("no streams"), "Quiet streams"),
        ]

    written = tmp_path / "page.md"
    monkeypatch.setattr(command, "every_part", small)
    monkeypatch.setattr(sys, "argv", ["bench", "--write", str(written)])
    with pytest.raises(SystemExit) as ended:
        command.main()
    assert ended.value.code == "Quiet streams: quiet could not be measured: no streams"
    text = written.read_text()
    assert "\n| 5 | 1 | " in text
    assert "**Problem:** quiet could not be measured: no streams" in text
    assert "| It took | " in text
