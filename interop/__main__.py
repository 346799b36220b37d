"""The command: `python -m interop --write docs/clients.md`."""

import argparse
import asyncio
import shlex
import signal
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from cluster.process import MissingProgram
from interop import measure, versions
from interop.known_clients import CLIENTS
from interop.page import page
from interop.scenarios import QUIET_SECONDS

_STARTED_AT = time.monotonic()


def main() -> int:
    """Return 0 where every client is as whole as it can be."""
    options = _parse()
    # A plain `kill` ends it as Ctrl-C does, so that no server is left behind.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        return _run(options)
    except MissingProgram as missing:
        _say(str(missing))
        return 2
    except KeyboardInterrupt:
        _say("stopped before it was done: no page")
        return 130


def _run(options: argparse.Namespace) -> int:
    clients = [client for client in CLIENTS if options.only in client.label]
    rows = asyncio.run(measure.measure(clients, _say))
    facts = {"made on": f"{datetime.now(UTC):%Y-%m-%d}", **versions.environment()}
    command = f"python -m interop {shlex.join(sys.argv[1:])}".strip()
    text = page(command, facts, "86 events", QUIET_SECONDS, rows)
    sys.stdout.write(text)
    if options.write:
        options.write.write_text(text)
    unexpected = [
        f"{row.client.label}: {', '.join(row.unexpected)}" for row in rows if row.unexpected
    ]
    for line in unexpected:
        _say(f"not as it should be: {line}")
    return 1 if unexpected else 0


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m interop", description="Follow duels with clients that others wrote."
    )
    parser.add_argument("--only", default="", help="clients whose name contains this")
    parser.add_argument("--write", type=Path, metavar="FILE", help="write the page there, too")
    return parser.parse_args()


def _say(line: str) -> None:
    sys.stderr.write(f"{time.monotonic() - _STARTED_AT:4.0f} s  {line}\n")


if __name__ == "__main__":
    sys.exit(main())
