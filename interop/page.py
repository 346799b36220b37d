"""The page: Markdown that a command has written."""

from collections.abc import Mapping, Sequence

from interop.results import COLUMNS, Cell, Row
from interop.scenarios import QUIET_SECONDS
from interop.versions import version

_HEAD = """\
# Clients and proxies of others

Written by `{command}`, never by hand.
Clients and proxies that others wrote, as their packages install them, with the real service. Our own clients are in
`clients/`, and tested there. What is not as it should be is in bold.

| | |
|---|---|
"""

_CLIENTS = f"""
## Clients

All clients follow the same duel at once, each through a TCP proxy of its own, by a program as short as the README of
its library suggests. What each received is compared, message by message, with the service's log.

- *Whole*: nothing disturbs the duel. *Empty* are events without data, which should reach no `onmessage`.
- *Ten cuts*: each client's connection ends ten times inside of a message, by a reset and without one in turn. Left out
  is the one byte between the end of an `id:` line and the empty line after it: clients that take the id when they read
  its line lose that event.
- *Restarts*: the service is stopped by SIGTERM, which drains it, and by SIGKILL, each in the middle of a duel.
- *After the end*: how often a client asks again in the {QUIET_SECONDS} s after `challenge.end`.
- *Refused*: 401, 403 and 404, on a WebSocket 4001, 4003 and 4004: whether a client can show why, and whether it stops.

"""

_TITLES = ("client", "version", "in", "whole", "ten cuts", "restarts", "after the end", "refused")

_REMEDIES = """
### What to write

Libraries that read one connection leave it to their users to come back with the last id: the programs that the table
links to do that, and are ready to be copied. Every WebSocket client has to count messages: `?last_event_id=` is the
number of those received so far, and a close code of 4000 or more is for good. These libraries need a few lines more:
"""


def head(command: str, facts: Mapping[str, str]) -> str:
    """Return how the page begins; `facts` are what a reader needs to repeat the measurements."""
    rows = "".join(f"| {name} | {fact} |\n" for name, fact in facts.items())
    return _HEAD.format(command=command) + rows


def clients(rows: Sequence[Row]) -> str:
    """Return the chapter of clients."""
    return _CLIENTS + table(rows) + remedies(rows)


def table(rows: Sequence[Row]) -> str:
    """Return one row a client."""
    lines = []
    for row in rows:
        client = row.client
        name = f"[{client.name}](../interop/clients/{client.program})"
        cells = [cell_text(row.cells[column]) for column in COLUMNS]
        lines.append((name, version(client), client.runs_in, *cells))
    return markdown_table(_TITLES, lines)


def remedies(rows: Sequence[Row]) -> str:
    """Return what the users of weak clients have to write, once for each library."""
    weak = {row.client.package: row.client for row in rows if row.client.remedy}
    parts = [
        f"\n**{client.package}.** {client.weakness}\n\n```\n{client.remedy}\n```\n"
        for client in weak.values()
    ]
    return _REMEDIES + "".join(parts) if parts else ""


def markdown_table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [titles, ["---"] * len(titles), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def cell_text(cell: Cell) -> str:
    return cell.text if cell.is_good else f"**{cell.text}**"
