"""The report: a Markdown page with the command and the conditions that repeat it."""

from collections.abc import Mapping, Sequence

from chaos.drain import Drain
from chaos.faults import Fault
from chaos.outcome import Outcome

_HEAD = """\
# Reliability

Written by `{command}`, never by hand.
Duels are played through the load balancer while a fault lasts; afterwards what every viewer
received is compared, message by message, with what the database holds.

| | |
|---|---|
"""

_COLUMNS = """
One row a fault, over all of its rounds. *Expected* is what the event log holds for each of the two
viewers of each duel. *Lost*, *doubled* and *out of order* compare whole messages with their content.
*Slowest* is the longest time that any message took from its change to its viewer, which includes the
fault and the reconnection. *Resumed* counts connections that ended and were opened again. *Deferred*
are requests whose backend was unreachable, or too busy for the machine, answered with a 503, a
text and `Retry-After`, and sent again by the client; *failed* are all other failures of REST.
*Stuck* are duels that did not end. *Leaked* is what remained after all clients had left: streams and
sockets of running workers, and connections of PostgreSQL that are too many or idle in a transaction.

"""

_SILENT = """
The same of faults that nothing reports by itself, on a cluster whose second node reaches PostgreSQL
through PgBouncer in transaction mode, whose nodes have clocks that can be shifted, and whose
PostgreSQL has a disk that can be full. What a reset replaces by a snapshot is not expected.

"""

_EMBEDDED = """
One worker on SQLite, without Redis and nginx.

"""

_TITLES = (
    "fault",
    "rounds",
    "expected",
    "delivered",
    "lost",
    "doubled",
    "out of order",
    "slowest",
    "resumed",
    "deferred",
    "failed",
    "stuck",
    "leaked: streams",
    "sockets",
    "database",
)


def page(
    command: str,
    conditions: Mapping[str, str],
    rows: Sequence[tuple[Fault, Outcome]],
    silent_rows: Sequence[tuple[Fault, Outcome]],
    embedded_rows: Sequence[tuple[Fault, Outcome]],
    drained: Drain | None,
) -> str:
    """Return the whole report; `conditions` are what is needed to repeat it."""
    facts = "".join(f"| {name} | {fact} |\n" for name, fact in conditions.items())
    parts = [_HEAD.format(command=command) + facts]
    if rows:
        parts.append(f"\n## Faults\n{_COLUMNS}{table(rows)}\n{_actions(rows)}")
    if silent_rows:
        parts.append(f"\n## Silent faults\n{_SILENT}{table(silent_rows)}\n{_actions(silent_rows)}")
    if embedded_rows:
        tables = f"{table(embedded_rows)}\n{_actions(embedded_rows)}"
        parts.append(f"\n## The embedded database\n{_EMBEDDED}{tables}")
    if drained:
        parts.append(f"\n## A drain\n\n{drained.text()}")
    return "".join(parts)


def table(rows: Sequence[tuple[Fault, Outcome]]) -> str:
    lines = [_TITLES, ("---", *["---:"] * (len(_TITLES) - 1))]
    lines += [_cells(fault.title, outcome) for fault, outcome in rows]
    if len(rows) > 1:
        total = Outcome(rounds=0)
        for _, outcome in rows:
            total.add(outcome)
        lines.append(_cells("all", total))
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def _cells(title: str, outcome: Outcome) -> tuple[str, ...]:
    counts = (
        outcome.lost,
        outcome.doubled,
        outcome.disordered,
        f"{outcome.slowest[0]:.1f} s",
        sum(outcome.endings.values()) - outcome.endings["over"],
        outcome.deferred,
        outcome.failed,
        outcome.stuck,
        outcome.leaks.streams,
        outcome.leaks.sockets,
        outcome.leaks.database_connections,
    )
    return title, *map(str, (outcome.rounds, outcome.expected, outcome.delivered, *counts))


def _actions(rows: Sequence[tuple[Fault, Outcome]]) -> str:
    lines = ["What each fault did in its last round:\n\n"]
    for fault, outcome in rows:
        resets = f"; {outcome.resets} resets in place of {outcome.replaced} messages"
        if fault.loses_commits:
            resets = f"; {outcome.resets} resets, after {outcome.undone} messages of lost commits"
        lines.append(f"- {fault.title}: {outcome.action}{resets if fault.resets else ''}\n")
        lines += [f"  - **problem**: {problem}\n" for problem in outcome.problems]
    return "".join(lines)
