"""Runs every scenario with all clients at once."""

from collections.abc import Callable, Sequence

from interop import results, scenarios
from interop.clients import Client
from interop.results import Row
from interop.stage import Stage

Say = Callable[[str], None]


async def measure(clients: Sequence[Client], say: Say) -> list[Row]:
    """Return a row for each client, in their order."""
    rows = {client: Row(client) for client in clients}
    with Stage() as stage:
        say(f"whole: a duel that nothing disturbs, and {scenarios.QUIET_SECONDS} s after its end")
        deliveries, afterwards = await scenarios.whole(stage, clients)
        for client, row in rows.items():
            row.cells["whole"] = results.delivered(deliveries[client])
            row.cells["end"] = results.ended(client, afterwards[client])
        say(f"cuts: {scenarios.CUTS} in the middle of messages, for each client")
        deliveries, cuts = await scenarios.cuts(stage, clients)
        for client, row in rows.items():
            row.cells["cuts"] = results.cut(deliveries[client], cuts[client])
        say("restarts: by SIGTERM and by SIGKILL, in the middle of a duel")
        deliveries = await scenarios.restarts(stage, clients)
        for client, row in rows.items():
            row.cells["restarts"] = results.delivered(deliveries[client])
        say("refused: not signed in, another one's challenge, none")
        found = await scenarios.refusals(stage, clients)
        for client, row in rows.items():
            by_status = {status: after[client] for status, after in found.items()}
            row.cells["refused"] = results.refused(client, by_status)
    return list(rows.values())
