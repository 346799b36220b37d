"""The same duels on another checkout of the service, in turn, to see what has changed since."""

import subprocess
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path

from bench.deployment import MAX_STREAMS, NAMES, STARTS_SECONDS, deployed_from
from bench.duel_cases import Case, Row
from bench.duels import counts, play_round
from bench.parts import Part
from bench.report import Cell, Section, Table, ratio
from cluster.process import ROOT

CASES = (
    Case("sqlite", 10, seconds=8),
    Case("postgres", 50, seconds=12, workers=2, rounds=3),
    # Long enough for a version that has all 500 pairs wait before the first of them answers.
    Case("postgres", 500, seconds=90, workers=2, rounds=1),
)


def parts(other: Path, rounds: int | None = None) -> list[Part]:
    """Return what there is to measure beside the checkout in a folder.

    Raises ValueError if there is none.
    """
    if not (other / "wsgi.py").exists():
        raise ValueError(f"{other} is no checkout of the service")
    return [_part(other.resolve(), case, rounds or case.rounds) for case in CASES]


def revision(checkout: Path) -> str:
    """Return the commit of a checkout; the name of its folder where that is not known."""
    command = ["git", "-C", str(checkout), "rev-parse", "--short", "HEAD"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.strip() or checkout.name


def _part(other: Path, case: Case, rounds: int) -> Part:
    return Part(
        "beside",
        "Beside another version",
        NAMES[case.backend],
        2 * (STARTS_SECONDS + rounds * case.lasts),
        lambda: section(revision(other), *play(other, case, rounds)),
    )


def play(other: Path, case: Case, rounds: int) -> tuple[Row, Row]:
    """Play a case on the other checkout and on this one, in turn; both run all the while."""
    with ExitStack() as running:
        both = [
            running.enter_context(
                deployed_from(
                    root,
                    case.backend,
                    case.workers,
                    pinned=case.workers == 1,
                    MAX_STREAMS=MAX_STREAMS,
                )
            )
            for root in (other, ROOT)
        ]
        people = [each.create_accounts(2 * case.at_a_time, "player") for each in both]
        rows = [
            Row(case, f"{version}: {each.title}")
            for version, each in zip(("other", "this"), both, strict=True)
        ]
        for _ in range(rounds):
            for row, deployment, players in zip(rows, both, people, strict=True):
                play_round(row, deployment, players)
    return rows[0], rows[1]


def section(version: str, other: Row, this: Row) -> Section:
    name = this.title.removeprefix("this: ")
    return Section(
        "Beside another version",
        _TEXT.format(version=version),
        [Table(_HEADS, list(_figures(name, other, this))), counts([other, this])],
        problems=[f"{this.title}: {problem}" for problem in this.problems],
    )


def _figures(name: str, other: Row, this: Row) -> list[list[Cell]]:
    values: Sequence[tuple[str, Callable[[Row], float]]] = (
        ("answers/s", lambda row: row.answers_per_second),
        ("p50 ms", lambda row: row.seen_ms(0.5)),
        ("p99 ms", lambda row: row.seen_ms(0.99)),
    )
    return [
        [
            f"{name}: {what}",
            len(this.rounds),
            value(other),
            value(this),
            ratio(value(this), value(other)),
        ]
        for what, value in values
    ]


_TEXT = """\
*This* version and the *other* one, {version}, were played on in turn, by the same client, each with its
own code, tables and processes, and the libraries of this one. Both ran all the while, so that a round of
one follows a round of the other within seconds. Medians of the rounds. The measured time begins when
all pairs have begun, so it contains what a version takes until their duels are under way.
"""
_HEADS = ("server: duels", "rounds", "other", "this", "this to other")
