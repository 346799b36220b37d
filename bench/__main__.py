"""`make bench`: measure everything side by side, and write a page with the results."""

import argparse
import logging
import shlex
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from bench import (
    beside,
    duels,
    endings,
    environment_facts,
    fanout,
    growth_report,
    parts,
    quiet,
    resume,
    searches,
)
from bench.contenders import entrants
from bench.parts import Part
from bench.report import merged, page, write_charts
from cluster.process import ROOT, MissingProgram
from cluster.signals import end_by_interrupt

logger = logging.getLogger(__name__)

_HEAD = """\
# Performance

Written by `{command}`. All of it was measured in one run on one machine, the clients included, but for
what is said to have been measured before.

Ratios say more than figures, which depend on the machine and on what else it does. The contenders of a
table were measured in turn, round after round; a section that has medians of rounds says of how many.
[Where the time goes](where-the-time-goes.md) has what profiles said, and what was tried.
"""


def main() -> None:
    """Measure, log the progress, and print or write the page. Exits with the problems found."""
    options = _options()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    logging.getLogger("qader_sse").setLevel(logging.WARNING)
    end_by_interrupt()
    try:
        chosen = _chosen(every_part(options), options.only)
        facts = {"Version": beside.revision(ROOT)} | environment_facts.facts()
    except (MissingProgram, ValueError) as problem:
        sys.exit(str(problem))
    for line in parts.plan(chosen):
        logger.info("%s", line)
    began_at = time.monotonic()
    sections = merged(list(parts.measured(chosen)))
    facts["It took"] = f"{(time.monotonic() - began_at) / 60:.0f} minutes"
    head = _HEAD.format(command=_command(options))
    if options.write:
        images = options.write.parent / "img"
        write_charts(sections, images)
        options.write.write_text(page(head, facts, sections, images.name))
    else:
        print(page(head, facts, sections, "img"))
    problems = [f"{section.title}: {text}" for section in sections for text in section.problems]
    if problems:
        sys.exit("\n".join(problems))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure everything.")
    parser.add_argument("--rounds", type=int, help="of everything, instead of each one's own")
    parser.add_argument("--only", nargs="+", metavar="PART", help="only these measurements")
    parser.add_argument("--contenders", nargs="+", default=[], metavar="NAME", help="only these")
    parser.add_argument("--streams", type=int, nargs="+", default=quiet.COUNTS, help="quiet ones")
    parser.add_argument("--beside", type=Path, metavar="FOLDER", help="another checkout to compare")
    parser.add_argument("--write", type=Path, metavar="PAGE", help="its charts: img/ beside it")
    return parser.parse_args()


def every_part(options: argparse.Namespace) -> list[Part]:
    """Return all there is to measure, in the order of the page. Raises ValueError."""
    rounds = options.rounds
    contenders = entrants(options.contenders)
    quiet_ones = entrants(options.contenders or quiet.CONTENDERS)
    return [
        *duels.parts(rounds),
        *(beside.parts(options.beside, rounds) if options.beside else ()),
        *resume.parts(rounds),
        *endings.parts(rounds),
        *searches.parts(rounds),
        *fanout.parts(contenders, rounds),
        *quiet.parts(quiet_ones, rounds, options.streams),
        *growth_report.parts(rounds),
    ]


def _chosen(every: Sequence[Part], only: Sequence[str] | None) -> list[Part]:
    """Return the parts of these names, in order. Raises ValueError for an unknown name."""
    known = dict.fromkeys(part.name for part in every)
    if unknown := set(only or ()) - set(known):
        raise ValueError(f"unknown part {', '.join(sorted(unknown))}; known: {', '.join(known)}")
    return [part for part in every if part.name in (only or known)]


def _command(options: argparse.Namespace) -> str:
    """Return the command of this run; of another checkout its commit, whose folder says nothing."""
    folder = str(options.beside)
    named = [beside.revision(options.beside) if said == folder else said for said in sys.argv[1:]]
    return shlex.join(["python", "-m", "bench", *named])


if __name__ == "__main__":
    main()
