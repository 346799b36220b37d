"""Round after round, every fault in turn, until the time is used up."""

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
from cluster.local_cluster import Cluster

# Faults last their whole time where there is that much of it, and less where there is less.
FULL_SECONDS = 600
_PREFIX = "chaos"
_PASSWORD = "chaos-pass-1"  # noqa: S105  # of accounts that live as long as this process
_SIGNING_IN_AT_ONCE = 8
# Pairs on SSE, on both, on both the other way round, on the WebSocket; and so on.
_STREAMS: Sequence[Callable[[], Stream]] = (
    *(SseStream, SseStream),
    *(SseStream, WebSocketStream),
    *(WebSocketStream, SseStream),
    *(WebSocketStream, WebSocketStream),
)

Rows = list[tuple[Fault, Outcome]]
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do. `logs` is where the servers' logs are kept; None: they go away."""

    faults: Sequence[Fault]
    seconds: float
    seed: int
    duels: int
    logs: Path | None


def run(plan: Plan, say: Say) -> Rows:
    """Play rounds for about this long, each fault at least once; return what each came to."""
    end = time.monotonic() + plan.seconds
    say("starting nginx, two nodes of two workers, Redis and PostgreSQL")
    # Dead peers are found in seconds, so that what they leave behind is seen to go; and signing in
    # is no part of this, so one round of hashing will do.
    cluster = Cluster(
        plan.logs,
        HEARTBEAT_SECONDS="1",
        PEER_TIMEOUT_SECONDS="3",
        DATABASE_POOL_SIZE=str(leaks.POOL_SIZE),
        PASSWORD_HASH_METHOD="pbkdf2:sha256:1",  # noqa: S106  # no password
    )
    with cluster, ExitStack() as clients:
        pairs = _pairs(cluster, plan, clients)
        outcomes: dict[str, Outcome] = {}
        took: dict[str, float] = {}
        for number in count(1):
            for fault in plan.faults:
                if number > 1 and time.monotonic() + took[fault.name] > end:
                    return [(fault, outcomes[fault.name]) for fault in plan.faults]
                began_at = time.monotonic()
                seed = f"{plan.seed} {number} {fault.name}"
                chance = random.Random(seed)  # noqa: S311  # repeatable
                outcome = Round(cluster, pairs, fault, _length(fault, plan.seconds), chance).play()
                took[fault.name] = time.monotonic() - began_at
                say(f"{number}. {fault.name}, {took[fault.name]:.0f} s: {outcome.line()}")
                outcomes.setdefault(fault.name, Outcome(rounds=0)).add(outcome)
    raise AssertionError("counting has no end")


def _length(fault: Fault, seconds: float) -> float:
    share = min(1.0, seconds / FULL_SECONDS)
    return max(fault.least_seconds, fault.seconds * share)


def _pairs(cluster: Cluster, plan: Plan, clients: ExitStack) -> list[tuple[Player, Player]]:
    """Sign in two players for each duel: of all of them, half are on SSE, half on a WebSocket."""
    accounts = ("--count", str(2 * plan.duels), "--prefix", _PREFIX, "--password", _PASSWORD)
    cluster.flask("users", "seed", *accounts)

    def sign_in(number: int) -> Player:
        api = Api.signed_in(cluster.base_url, f"{_PREFIX}{number + 1}", _PASSWORD)
        clients.callback(api.close)
        chance = random.Random(f"{plan.seed} player {number}")  # noqa: S311  # repeatable
        return Player(api, _STREAMS[number % len(_STREAMS)], chance)

    players = Pool(_SIGNING_IN_AT_ONCE).map(sign_in, range(2 * plan.duels))
    return list(zip(players[::2], players[1::2], strict=True))
