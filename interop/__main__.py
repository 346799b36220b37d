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
from interop import measure as clients
from interop import page, versions
from interop.known_clients import CLIENTS
from interop.proxies import chapter
from interop.proxies import measure as proxies
from interop.proxies.setups import SETUPS

_PARTS = ("clients", "proxies")
_STARTED_AT = time.monotonic()


def main() -> int:
    """Return 0, or 1 for results that are bad without being known as weak; 2 and 130: no page."""
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
    command = f"python -m interop {shlex.join(sys.argv[1:])}".strip()
    facts = {"made on": f"{datetime.now(UTC):%Y-%m-%d}", **versions.environment()}
    chapters, problems = [page.head(command, facts)], []
    if "clients" in options.parts:
        chosen = [client for client in CLIENTS if options.only in client.label]
        rows = asyncio.run(clients.measure(chosen, _say))
        chapters.append(page.clients(rows))
        problems += [
            f"{row.client.label}: {', '.join(row.unexpected)}" for row in rows if row.unexpected
        ]
    if "proxies" in options.parts:
        setups = [setup for setup in SETUPS if options.only in setup.name]
        passages = asyncio.run(proxies.measure(setups, _say))
        chapters.append(chapter.proxies(passages))
        problems += chapter.unexpected(passages)
    text = "".join(chapters)
    sys.stdout.write(text)
    if options.write:
        options.write.write_text(text)
    for problem in problems:
        _say(f"not as it should be: {problem}")
    return 1 if problems else 0


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m interop", description="Follow duels with what others wrote."
    )
    parser.add_argument("--parts", nargs="+", choices=_PARTS, default=_PARTS)
    parser.add_argument("--only", default="", help="clients and proxies whose name contains this")
    parser.add_argument("--write", type=Path, metavar="FILE", help="write the page there, too")
    return parser.parse_args()


def _say(line: str) -> None:
    sys.stderr.write(f"{time.monotonic() - _STARTED_AT:4.0f} s  {line}\n")


if __name__ == "__main__":
    sys.exit(main())
