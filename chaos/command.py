"""The command: reads the options, runs the faults, writes the report, and fails on problems."""

import argparse
import shlex
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from chaos import campaign, report
from chaos.campaign import Plan
from chaos.disk_faults import EMBEDDED_FAULTS
from chaos.drain import Drain, drain
from chaos.environment_facts import facts
from chaos.faults import FAULTS, Fault
from chaos.silent_faults import SILENT_FAULTS
from cluster.embedded_server import EmbeddedServer
from cluster.local_cluster import Cluster
from cluster.process import MissingProgram
from cluster.signals import end_by_interrupt

_DRAIN = "drain"
_ALL_FAULTS = (*FAULTS, *SILENT_FAULTS, *EMBEDDED_FAULTS)
_NAMES = [*(fault.name for fault in _ALL_FAULTS), _DRAIN]


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
    rows = _rows(options, FAULTS, Cluster)
    silent_rows = _rows(options, SILENT_FAULTS, partial(Cluster, is_extended=True))
    embedded_rows = _rows(options, EMBEDDED_FAULTS, EmbeddedServer)
    drained: Drain | None = None
    if _DRAIN in options.faults:
        _log(f"{_DRAIN}: a worker with {options.streams} streams gets SIGTERM")
        drained = drain(options.streams)
    command = f"python -m chaos {shlex.join(sys.argv[1:])}"
    text = report.page(command, conditions, rows, silent_rows, embedded_rows, drained)
    sys.stdout.write(text)
    if options.write:
        options.write.write_text(text)
    played = [*rows, *silent_rows, *embedded_rows]
    problems = [f"{fault.name}: {outcome.line()}" for fault, outcome in played if outcome.is_bad]
    problems += drained.problems if drained else []
    for problem in problems:
        _log(f"problem: {problem}")
    return 1 if problems else 0


def _rows(
    options: argparse.Namespace,
    table: Sequence[Fault],
    make_servers: Callable[..., Cluster | EmbeddedServer],
) -> campaign.Rows:
    """Play the chosen faults of one table, in their share of the time."""
    faults = [fault for fault in table if fault.name in options.faults]
    if not faults:
        return []
    chosen = sum(fault.name in options.faults for fault in _ALL_FAULTS)
    seconds = options.seconds * len(faults) / chosen
    plan = Plan(faults, seconds, options.seed, options.duels, options.logs, make_servers)
    return campaign.run(plan, _log)


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
