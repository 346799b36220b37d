"""`make bench`: measure everything side by side, and write a page with the results."""

import argparse
import logging
import shlex
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from bench import duels, endings, environment_facts, fanout, quiet, resume, searches
from bench.contenders import Entrant, entrants
from bench.report import Section, page, write_charts
from cluster.process import MissingProgram
from cluster.signals import end_by_interrupt

_HEAD = """\
# Performance

Written by `{command}`. Everything was measured in one run on one machine, the clients included;
ratios say more than figures, which depend on the machine.
"""
_OF_DUELS = {
    "duels": duels.measure,
    "resume": resume.measure,
    "endings": endings.measure,
    "searches": searches.measure,
}


def main() -> None:
    """Measure, log the progress, and print or write the page. Exits with the problems found."""
    options = _options()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    logging.getLogger("qader_sse").setLevel(logging.WARNING)
    end_by_interrupt()
    try:
        contenders = entrants(options.contenders)
        parts = _parts(options.only)
        facts = environment_facts.facts()
        sections = list(_measured(parts, contenders, options))
    except (MissingProgram, ValueError) as problem:
        sys.exit(str(problem))
    command = shlex.join(["python", "-m", "bench", *sys.argv[1:]])
    head = _HEAD.format(command=command)
    if options.write:
        images = options.write.parent / "img"
        write_charts(sections, images)
        options.write.write_text(page(head, facts, sections, images.name))
    else:
        print(page(head, facts, sections, "img"))
    problems = [problem for section in sections for problem in section.problems]
    if problems:
        sys.exit("\n".join(problems))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure everything.")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", nargs="+", metavar="PART", help="only these measurements")
    parser.add_argument("--contenders", nargs="+", default=[], metavar="NAME", help="only these")
    parser.add_argument("--streams", type=int, nargs="+", default=quiet.COUNTS, help="quiet ones")
    parser.add_argument("--write", type=Path, metavar="PAGE", help="its charts: img/ beside it")
    return parser.parse_args()


def _parts(only: Sequence[str] | None) -> list[str]:
    """Return the names of the measurements, in order. Raises ValueError for an unknown name."""
    known = [*_OF_DUELS, *(case.name for case in fanout.CASES), "quiet"]
    if unknown := set(only or ()) - set(known):
        raise ValueError(f"unknown part {', '.join(sorted(unknown))}; known: {', '.join(known)}")
    return [name for name in known if name in (only or known)]


def _measured(
    parts: Sequence[str], contenders: Sequence[Entrant], options: argparse.Namespace
) -> Iterator[Section]:
    for name, measure in _OF_DUELS.items():
        if name in parts:
            yield measure(options.rounds)
    cases = [case for case in fanout.CASES if case.name in parts]
    if cases:
        yield fanout.measure(contenders, options.rounds, cases)
    if "quiet" in parts:
        yield quiet.measure(contenders, options.rounds, options.streams)


if __name__ == "__main__":
    main()
