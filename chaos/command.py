"""The command: reads the options, runs the faults, writes the report, and fails on problems."""

import argparse
import shlex
import sys
from datetime import UTC, datetime
from pathlib import Path

from chaos import campaign, report
from chaos.campaign import Plan
from chaos.drain import Drain, drain
from chaos.environment_facts import facts
from chaos.faults import FAULTS
from cluster.process import MissingProgram
from cluster.signals import end_by_interrupt

_DRAIN = "drain"
_NAMES = [*(fault.name for fault in FAULTS), _DRAIN]


def main() -> int:
    """Return 0 if nothing was lost, doubled, out of order, stuck, leaked or wrongly refused."""
    options = _parse()
    end_by_interrupt()
    try:
        return _run(options)
    except MissingProgram as missing:
        _log(str(missing))
        return 2
    except KeyboardInterrupt:
        _log("interrupted: no report")
        return 130


def _run(options: argparse.Namespace) -> int:
    conditions = {
        "made on": f"{datetime.now(UTC):%Y-%m-%d}",
        "seed": str(options.seed),
        "duration": f"{options.seconds} s, {options.duels} duels at a time",
        **facts(),
    }
    faults = [fault for fault in FAULTS if fault.name in options.faults]
    rows: campaign.Rows = []
    if faults:
        plan = Plan(faults, options.seconds, options.seed, options.duels, options.logs)
        rows = campaign.run(plan, _log)
    drained: Drain | None = None
    if _DRAIN in options.faults:
        _log(f"{_DRAIN}: a worker with {options.streams} streams gets SIGTERM")
        drained = drain(options.streams)
    text = report.page(f"python -m chaos {shlex.join(sys.argv[1:])}", conditions, rows, drained)
    sys.stdout.write(text)
    if options.write:
        options.write.write_text(text)
    problems = [f"{fault.name}: {outcome.line()}" for fault, outcome in rows if outcome.is_bad]
    problems += drained.problems if drained else []
    for problem in problems:
        _log(f"problem: {problem}")
    return 1 if problems else 0


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m chaos", description="Play duels while servers and network fail."
    )
    parser.add_argument(
        "--seconds", type=int, default=campaign.FULL_SECONDS, help="approximate duration"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--duels", type=int, default=40, help="duels at a time")
    parser.add_argument(
        "--streams", type=int, default=2000, help="streams of the worker that is drained"
    )
    parser.add_argument("--faults", type=_names, default=_NAMES, help=",".join(_NAMES))
    parser.add_argument("--logs", type=Path, metavar="FOLDER", help="store the servers' logs there")
    parser.add_argument("--write", type=Path, metavar="FILE", help="write the report there, too")
    return parser.parse_args()


def _names(text: str) -> list[str]:
    names = text.split(",")
    if unknown := set(names) - set(_NAMES):
        raise argparse.ArgumentTypeError(f"unknown fault {', '.join(unknown)}")
    return names


def _log(line: str) -> None:
    sys.stderr.write(f"{line}\n")
