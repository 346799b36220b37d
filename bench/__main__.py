"""`make bench`: measure everything side by side, and write down what came out."""

import argparse
import logging
import shlex
import signal
import sys
from collections.abc import Callable, Sequence
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from bench import fanout, machine, quiet
from bench.contenders import Entrant, entrants
from bench.report import Measurement, Section, page, write_charts
from cluster.process import MissingProgram

_HEAD = """\
# Performance

Written by `{command}`. Everything was measured in one run on one machine, the clients included;
ratios say more than figures, which are this machine's.
"""
# What is measured of whole duels, and stands in modules of its own.
_OF_DUELS = ("duels", "resume")
_Parts = dict[str, Callable[[], Section]]


def main() -> None:
    """Run, show progress on standard error, and print the page or write it. Fails with a problem."""
    options = _options()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    logging.getLogger("qader_sse").setLevel(logging.WARNING)
    # A plain `kill` ends it as Ctrl-C does, so that no server is left behind.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        parts = _parts(entrants(options.contenders), options.rounds, options.streams)
        names = options.only or list(parts)
        if unknown := set(names) - set(parts):
            raise ValueError(f"there is no {', '.join(sorted(unknown))}, only {', '.join(parts)}")
        facts = machine.facts()
        sections = [parts[name]() for name in names]
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


def _parts(contenders: Sequence[Entrant], rounds: int, streams: Sequence[int]) -> _Parts:
    parts: _Parts = {
        case.name: partial(fanout.measure, contenders, rounds, [case]) for case in fanout.CASES
    }
    parts["quiet"] = lambda: quiet.measure(contenders, rounds, streams)
    of_duels = {
        name: _measurement(name, rounds) for name in _OF_DUELS if find_spec(f"bench.{name}")
    }
    return of_duels | parts


def _measurement(name: str, rounds: int) -> Callable[[], Section]:
    def run() -> Section:
        module: Measurement = import_module(f"bench.{name}")
        return module.measure(rounds)

    return run


if __name__ == "__main__":
    main()
