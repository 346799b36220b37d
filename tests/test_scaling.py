"""docs/scaling.md quotes docs/performance.md rightly, and all that it reckons follows from what it quotes."""

import math
import re
from collections.abc import Sequence
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
KERNEL_KIB = 4  # of a stream, reckoned
ANNOUNCEMENTS_AN_ANSWER = 1.13
ON_POSTGRES = "PostgreSQL + Redis, 2 workers: 50 at a time, SSE, no pauses"
ON_SQLITE = "SQLite, 1 worker: 10 at a time, SSE, no pauses"
IN_BURSTS = "**1,000 topics with 2 viewers each**, 64 at a time:"
ONE_BY_ONE = "**500 messages a second, 1,000 topics with 2 viewers each**"


def number(text: str) -> float:
    return float(text.replace(",", ""))


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|\n").split("|")]


def measured(beneath: str, row: str, column: str) -> str:
    """Return what docs/performance.md has in the first table beneath a line."""
    table = PERFORMANCE.partition(f"\n{beneath}")[2].partition("\n|")[2].partition("\n\n")[0]
    lines = [cells(line) for line in table.splitlines()]
    (found,) = (line for line in lines[2:] if line[0] == row)
    return found[lines[0].index(column)]


@pytest.mark.parametrize(
    ("sentence", "beneath", "row", "columns"),
    [
        (
            "| {} answers/s at {} cores of workers and {} of both stores |",
            "## Duels",
            ON_POSTGRES,
            ("answers/s", "cores: workers", "stores"),
        ),
        (
            "| {} answers/s at {} cores |",
            "## Duels",
            ON_SQLITE,
            ("answers/s", "cores: workers"),
        ),
        (
            "`c_quiet` | {} % of a core for {} |",
            "## Quiet streams",
            "ours",
            ("% of a core while idle", "streams"),
        ),
        ("`m_stream` | {} KiB on SSE,", "## Quiet streams", "ours", ("KiB a stream",)),
        (
            "KiB on SSE, {} KiB on a WebSocket",
            "## Quiet streams",
            "ours, WebSocket",
            ("KiB a stream",),
        ),
        ("| {} per CPU second one by one,", ONE_BY_ONE, "ours", ("per CPU second",)),
        ("one by one, {} in bursts |", IN_BURSTS, "ours", ("per CPU second",)),
        (
            "`c_redis` | {} cores at {} deliveries/s",
            IN_BURSTS,
            "ours",
            ("Redis", "deliveries/s"),
        ),
        (
            "`r_resume` | {} in {} at one worker, so ",
            "## Resume",
            "SQLite, 1 worker",
            ("viewers", "all complete after"),
        ),
    ],
)
def test_what_is_called_measured_is_in_its_place_in_the_report(
    sentence: str, beneath: str, row: str, columns: Sequence[str]
) -> None:
    found = [measured(beneath, row, column) for column in columns]
    assert sentence.format(*found) in SCALING


def figure(name: str) -> float:
    """Return what the table of figures says of a name, in its own unit."""
    (found,) = re.findall(rf"^\|[^|]*\| `{name}` \| ([\d.,]+)", SCALING, re.MULTILINE)
    return number(found)


def microseconds_of_redis() -> float:
    (found,) = re.findall(r"`c_redis` .* so ([\d.]+) µs", SCALING)
    return float(found)


def test_a_figure_that_follows_from_two_others_does() -> None:
    answers, workers, stores = (
        number(measured("## Duels", ON_POSTGRES, column))
        for column in ("answers/s", "cores: workers", "stores")
    )
    assert figure("c_answer") == pytest.approx(workers / answers * 1e3, rel=0.02)
    assert figure("c_store") == pytest.approx(stores / answers * 1e3, rel=0.02)
    redis, deliveries = (
        number(measured(IN_BURSTS, "ours", column)) for column in ("Redis", "deliveries/s")
    )
    # Half as many messages as deliveries, each in and out.
    assert microseconds_of_redis() == pytest.approx(redis / deliveries * 1e6, rel=0.03)
    (resumed,) = re.findall(r"`r_resume` .* so ([\d,]+) a second", SCALING)
    viewers, seconds = (
        number(measured("## Resume", "SQLite, 1 worker", column).removesuffix(" s"))
        for column in ("viewers", "all complete after")
    )
    assert number(resumed) == pytest.approx(viewers / seconds, rel=0.01)


@dataclass(frozen=True, slots=True)
class Needs:
    """What so many people in duels need, by the formulas of the page."""

    streams: float

    @property
    def answers(self) -> float:
        return self.streams / SECONDS_BETWEEN_ANSWERS

    @property
    def cores(self) -> float:
        quiet = self.streams / 10_000 * figure("c_quiet") / 100
        return self.answers * figure("c_answer") / 1e3 + quiet

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
            ANNOUNCEMENTS_AN_ANSWER * self.answers * (1 + self.workers),
            duels * figure("b_wal") / 1e3,
            duels * 8 * 3600 * 7 * figure("b_log") / 1e9,
        ]


def test_each_step_follows_from_the_formulas() -> None:
    table = SCALING.partition("## Ten million streams")[2]
    rows = list(ROW.finditer(table))
    assert [number(found[1]) for found in rows] == [1e4, 1e5, 1e6, 1e7]
    for found in rows:
        shown = [number(n) for n in NUMBER.findall(found[0].rpartition("|")[0].rpartition("|")[0])]
        for stated, reckoned in zip(shown, Needs(shown[0]).row, strict=True):
            # The page shows two digits behind the point of small numbers, one of larger ones.
            assert stated == pytest.approx(reckoned, rel=0.002, abs=0.06), found[0]


def test_the_example_of_a_thousand_people_follows_from_the_formulas() -> None:
    text = SCALING.partition("For 1,000 people")[2].partition("One worker")[0].replace(",", "")
    answers, duels, cores, signing_in, both = (
        float(found) for found in re.findall(r"(?<== )[\d.]+|(?<=\+ )[\d.]+", text)
    )
    needs = Needs(1_000)
    assert answers == needs.answers
    assert duels == pytest.approx(needs.answers / 30, abs=0.05)
    assert cores == pytest.approx(needs.cores, abs=0.005)
    assert signing_in == pytest.approx(figure("c_password") / 1e3, abs=0.005)  # one a second
    assert both == pytest.approx(cores + signing_in)


def carried(what: str) -> list[float]:
    """Return the numbers in what one of something carries, in their order."""
    (row,) = re.findall(rf"^\| {what} \| ([^|]*)\|", SCALING, re.MULTILINE)
    return [number(found) for found in NUMBER.findall(row)]


def is_of(shown: float, exact: float) -> bool:
    """Return whether the page, which rounds down and by less than a tenth, may show this."""
    return shown <= round(exact, 3) < 1.1 * shown


def test_what_one_of_each_carries_follows_from_the_figures() -> None:
    answers, people, _, streams, percent = carried("a core of workers")
    assert is_of(answers, ROOM / figure("c_answer") * 1e3)
    assert (people, streams) == (answers * SECONDS_BETWEEN_ANSWERS, STREAMS_AT_MOST)
    assert percent == pytest.approx(streams / 10_000 * figure("c_quiet"), abs=0.5)
    (quiet,) = carried("a GB of memory")
    left = 1024 - figure("m_worker")
    assert is_of(quiet, left * 1024 / (figure("m_stream") + KERNEL_KIB))
    assert 1024 // figure("m_worker") == 9  # "nine workers without streams"
    (of_both_stores,) = carried("a core of both stores")
    assert is_of(of_both_stores, ROOM / figure("c_store") * 1e3)
    (messages,) = carried("a Redis")
    assert is_of(messages, ROOM / microseconds_of_redis() * 1e6)
    of_a_postgres, players = carried("a PostgreSQL of 16 cores")
    assert is_of(of_a_postgres, 16 * ROOM / figure("c_store") * 1e3)
    assert players == of_a_postgres * SECONDS_BETWEEN_ANSWERS
