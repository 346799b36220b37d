"""The page's chapter of proxies."""

from collections.abc import Sequence

from interop.page import cell_text, markdown_table
from interop.proxies.measure import EVENTS, LEAVING_SECONDS, QUIET_SECONDS
from interop.proxies.passage import Passage

_HEAD = f"""
## Proxies

Each proxy is configured as Debian does it, with the plainest line that passes everything on; below are the lines that
are needed beyond that. Each has a duel of its own, one proxy after the other, on loopback.

- *Delay*: from a POST, sent to the service itself, to its event; the median and the worst of {EVENTS}. A WebSocket's
  first event comes late by up to 100 ms, because the service pauses after a whole challenge.
- *Resumes*: whether the cursor arrives, in `Last-Event-ID` or in the query.
- *After quiet*: the delay of an event after {QUIET_SECONDS} s in which only heartbeats passed.
- *Leaving noticed*: how long the service believes that a client is there which has gone; no more than {LEAVING_SECONDS} s
  are waited for. A proxy that does not watch its client learns of it when it forwards the next heartbeats.

"""

_TITLES = ("proxy", "client", "delay", "resumes", "after quiet", "leaving noticed after")


def proxies(passages: Sequence[Passage]) -> str:
    """Return the chapter: a row for each client of each setup, then the lines to write."""
    rows = [
        (passage.setup.name, passage.client, *map(cell_text, passage.cells()))
        for passage in passages
    ]
    setups = dict.fromkeys(passage.setup for passage in passages)
    lines = [
        f"\n**{setup.name}:**\n\n```\n{setup.lines_to_write}\n```\n"
        for setup in setups
        if setup.lines and not setup.weak
    ]
    return _HEAD + markdown_table(_TITLES, rows) + "\n### Lines to write\n" + "".join(lines)


def unexpected(passages: Sequence[Passage]) -> list[str]:
    """Name the setups and clients with a bad passage, except those known to be weak."""
    return [
        f"{passage.setup.name}: {passage.client}"
        for passage in passages
        if not passage.is_good and passage.client not in passage.setup.weak
    ]
