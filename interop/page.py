"""The page of clients: Markdown that a command has written."""

from collections.abc import Mapping, Sequence

from interop.results import COLUMNS, Cell, Row
from interop.versions import version

_HEAD = """\
# Clients of others

Written by `{command}`, never by hand.
Clients and proxies that others wrote, as their packages install them, in front of the real service. Our own clients
are in `clients/`, and tested there.

| | |
|---|---|
{facts}
## Clients

All clients follow the same duel of {expected}, each through a TCP proxy of its own, by a program as short as the
README of its library suggests. What each received is compared, message by message, with the service's log.

- *Whole*: nothing disturbs the duel. *Empty* are events without data, which should reach no `onmessage`.
- *Ten cuts*: each client's connection ends ten times inside of a message, by a reset and without one in turn. Left out
  is the one byte between the end of an `id:` line and the empty line after it: clients that take the id when they read
  its line lose that event.
- *Restarts*: the service is stopped by SIGTERM, which drains it, and by SIGKILL, each in the middle of a duel.
- *After the end*: how often a client asks again in the {quiet} s after `challenge.end`.
- *Refused*: 401, 403 and 404, on a WebSocket 4001, 4003 and 4004: whether a client can show why, and whether it stops.

What is not as it should be is in bold.

{table}"""

_TITLES = ("client", "version", "in", "whole", "ten cuts", "restarts", "after the end", "refused")

_REMEDIES = """
### What to write

Most of these libraries read one connection, or do not know what a refusal is. Every WebSocket client has to count
messages: `?last_event_id=` is the number of those received so far, and a close code of 4000 or more is for good. The
programs are in `interop/clients`, ready to be copied.
"""


def page(
    command: str, facts: Mapping[str, str], expected: str, quiet: int, rows: Sequence[Row]
) -> str:
    """Return the page. `facts` are what it takes to make it again."""
    return _HEAD.format(
        command=command,
        facts="".join(f"| {name} | {fact} |\n" for name, fact in facts.items()),
        expected=expected,
        quiet=quiet,
        table=table(rows),
    ) + remedies(rows)


def table(rows: Sequence[Row]) -> str:
    """Return one row a client."""
    lines = [_TITLES, ("---",) * len(_TITLES)]
    for row in rows:
        client = row.client
        name = f"[{client.name}](../interop/clients/{client.program})"
        cells = [_cell(row.cells[column]) for column in COLUMNS]
        lines.append((name, version(client), client.runs_in, *cells))
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def remedies(rows: Sequence[Row]) -> str:
    """Return what the users of weak clients have to write, once for each library."""
    found: dict[str, str] = {}
    for row in rows:
        client = row.client
        if client.remedy and client.remedy not in found.values():
            found[client.package] = client.remedy
    weaknesses = {row.client.package: row.client.weakness for row in rows if row.client.weakness}
    parts = [
        f"\n**{package}.** {weaknesses[package]}\n\n```\n{remedy}\n```\n"
        for package, remedy in found.items()
    ]
    return _REMEDIES + "".join(parts)


def _cell(cell: Cell) -> str:
    return cell.text if cell.is_good else f"**{cell.text}**"
