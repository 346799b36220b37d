"""Plays rounds with one fault after the other, until the time is up."""

import random
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from gevent.pool import Pool
from qader_client.rest import Api

from chaos import leaks
from chaos.faults import Fault
from chaos.outcome import Outcome
from chaos.players import Player
from chaos.rounds import Round
from chaos.streams import SseStream, Stream, WebSocketStream
from cluster.embedded_server import EmbeddedServer
from cluster.local_cluster import Cluster

# A campaign of at least this length gives each fault its full `seconds`; a shorter one shortens
# them in proportion, down to `least_seconds`.
FULL_SECONDS = 600
_PREFIX = "chaos"
_PASSWORD = "chaos-pass-1"  # noqa: S105  # of accounts that live as long as this process
_SIGNING_IN_AT_ONCE = 8
# The streams of four pairs in turn: both on SSE, one on each, and both on the WebSocket.
_STREAMS: Sequence[Callable[[int], Stream]] = (
    *(SseStream, SseStream),
    *(SseStream, WebSocketStream),
    *(WebSocketStream, SseStream),
    *(WebSocketStream, WebSocketStream),
)

Rows = list[tuple[Fault, Outcome]]
Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """What to play. `logs` is the folder of the servers' logs; None: they are deleted.

    `make_servers` takes that folder and the settings of the service.
    """

    faults: Sequence[Fault]
    seconds: float
    seed: int
    duels: int
    logs: Path | None
    make_servers: Callable[..., Cluster | EmbeddedServer]


def run(plan: Plan, report_progress: Progress) -> Rows:
    """Play rounds for about the planned time, each fault at least once; return their outcomes."""
    end = time.monotonic() + plan.seconds
    report_progress("starting the servers")
    # Dead peers are detected in seconds, so that a round sees their streams end. Signing in is not
    # tested here, so one round of hashing is enough.
    servers = plan.make_servers(
        plan.logs,
        HEARTBEAT_SECONDS="1",
        PEER_TIMEOUT_SECONDS="3",
        # Players keep their connections for REST; without nginx these are idle at the worker itself.
        KEEPALIVE_SECONDS="5",
        DATABASE_POOL_SIZE=str(leaks.POOL_SIZE),
        PASSWORD_HASH_METHOD="pbkdf2:sha256:1",  # noqa: S106  # no password
    )
    with servers, ExitStack() as clients:
        pairs = _pairs(servers, plan, clients)
        outcomes: dict[str, Outcome] = {}
        took: dict[str, float] = {}
        for number in count(1):
            for fault in plan.faults:
                if number > 1 and time.monotonic() + took[fault.name] > end:
                    return [(fault, outcomes[fault.name]) for fault in plan.faults]
                began_at = time.monotonic()
                seed = f"{plan.seed} {number} {fault.name}"
                chance = random.Random(seed)  # noqa: S311  # repeatable
                outcome = Round(servers, pairs, fault, _length(fault, plan.seconds), chance).play()
                took[fault.name] = time.monotonic() - began_at
                report_progress(
                    f"{number}. {fault.name}, {took[fault.name]:.0f} s: {outcome.line()}"
                )
                outcomes.setdefault(fault.name, Outcome(rounds=0)).add(outcome)
    raise AssertionError("unreachable: the count has no end")


def _length(fault: Fault, seconds: float) -> float:
    share = min(1.0, seconds / FULL_SECONDS)
    return max(fault.least_seconds, fault.seconds * share)


def _pairs(
    servers: Cluster | EmbeddedServer, plan: Plan, clients: ExitStack
) -> list[tuple[Player, Player]]:
    """Sign in two players for each duel; half of all players use SSE, half a WebSocket."""
    accounts = ("--count", str(2 * plan.duels), "--prefix", _PREFIX, "--password", _PASSWORD)
    servers.flask("users", "seed", *accounts)

    def sign_in(number: int) -> Player:
        api = Api.signed_in(servers.base_url, f"{_PREFIX}{number + 1}", _PASSWORD)
        clients.callback(api.close)
        chance = random.Random(f"{plan.seed} player {number}")  # noqa: S311  # repeatable
        return Player(api, _STREAMS[number % len(_STREAMS)], chance)

    players = Pool(_SIGNING_IN_AT_ONCE).map(sign_in, range(2 * plan.duels))
    return list(zip(players[::2], players[1::2], strict=True))
