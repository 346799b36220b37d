"""docs/scaling.md reckons with what docs/performance.md measured, and reckons rightly."""

import math
import re
from dataclasses import dataclass

import pytest

from cluster.process import ROOT

SCALING = (ROOT / "docs/scaling.md").read_text()
PERFORMANCE = (ROOT / "docs/performance.md").read_text()
NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
ROW = re.compile(r"^\| ([\d,]+) \| ([\d,]+) \|.*$", re.MULTILINE)
ROOM = 0.6  # how full a core may be
SECONDS_BETWEEN_ANSWERS = 20
SECONDS_TO_SIGN_IN = 600
STREAMS_AT_MOST = 3_500


def number(text: str) -> float:
    return float(text.replace(",", ""))


def figure(name: str) -> float:
    """Return what the table of figures says of a name, in its own unit."""
    (found,) = re.findall(rf"^\|[^|]*\| `{name}` \| (?:<)?([\d.,]+)", SCALING, re.MULTILINE)
    return number(found)


@dataclass(frozen=True, slots=True)
class Needs:
    """What so many people in duels need, by the formulas of the page."""

    streams: float

    @property
    def answers(self) -> float:
        return self.streams / SECONDS_BETWEEN_ANSWERS

    @property
    def cores(self) -> float:
        return self.answers * figure("c_answer") / 1e3 + self.streams * 0.0247 / 10_000

    @property
    def cores_for_signing_in(self) -> float:
        return self.streams / SECONDS_TO_SIGN_IN * figure("c_password") / 1e3

    @property
    def workers(self) -> float:
        by_cores = (self.cores + self.cores_for_signing_in) / ROOM
        return math.ceil(max(by_cores, self.streams / STREAMS_AT_MOST))

    @property
    def row(self) -> list[float]:
        duels = self.answers / 30
        return [
            self.streams,
            self.answers,
            self.cores,
            self.cores_for_signing_in,
            self.workers,
            self.answers * figure("c_store") / 1e3 / ROOM,
            1.13 * self.answers * (1 + self.workers),
            duels * figure("b_wal") / 1e3,
            duels * 8 * 3600 * 7 * figure("b_log") / 1e9,
        ]


def test_what_is_called_measured_stands_in_the_report() -> None:
    table = SCALING.partition("## What was measured")[2].partition("## The formulas")[0]
    rows = [row for row in table.splitlines() if row.startswith("|") and "bench.sizes" not in row]
    quoted = {
        found
        for row in rows[2:]
        if "the same" not in row and " / " not in row
        for found in NUMBER.findall(row.split("|")[3].partition(":")[0])
    }
    assert len(quoted) > 12
    assert {found for found in quoted if found not in PERFORMANCE} == set()
    assert figure("c_answer") == pytest.approx(1.38 / 311 * 1e3, rel=0.02)
    assert figure("c_store") == pytest.approx(0.46 / 311 * 1e3, rel=0.02)


def test_each_step_follows_from_the_formulas() -> None:
    table = SCALING.partition("## Ten million streams")[2]
    rows = list(ROW.finditer(table))
    assert len(rows) == 4
    for found in rows:
        shown = [number(n) for n in NUMBER.findall(found[0].rpartition("|")[0].rpartition("|")[0])]
        # The page shows one or two digits behind the point.
        assert shown == pytest.approx(Needs(shown[0]).row, rel=0.05), found[0]
