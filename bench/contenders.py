"""The servers that are measured: our service on both of its transports, and the peers."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

from bench import cores
from bench.contender import Contender
from bench.our_service import Ours, Transport
from bench.peers import PEERS
from bench.peers.peer import Peer
from cluster.redis_server import RedisServer


class Create(Protocol):
    def __call__(self, redis: RedisServer, topics: int, viewers_per_topic: int) -> Contender: ...


@dataclass(frozen=True, slots=True)
class Entrant:
    """A contender that can be created, with any number of topics and viewers of each."""

    name: str
    create: Create
    is_ours: bool = False
    # Whether it is measured in every case, as often as ours: those that ours is held against are.
    is_in_all: bool = False


# The fastest server that a user would choose, and about what a program in C can do.
HELD_AGAINST = ("nchan", "epoll")


def entrants(names: Sequence[str] = ()) -> list[Entrant]:
    """Return the entrants of these names, each in all cases; or all there are.

    Raises ValueError for an unknown name.
    """
    every = [
        Entrant("ours", _creator_of_ours("sse"), is_ours=True, is_in_all=True),
        Entrant("ours-websocket", _creator_of_ours("websocket"), is_ours=True),
        *(
            Entrant(kind.name, _creator_of_peer(kind), is_in_all=kind.name in HELD_AGAINST)
            for kind in PEERS
        ),
    ]
    found = {entrant.name: entrant for entrant in every}
    unknown = set(names) - set(found)
    if unknown:
        known = ", ".join(found)
        raise ValueError(f"there is no contender {', '.join(sorted(unknown))}, only {known}")
    return [replace(found[name], is_in_all=True) for name in names] or every


@contextmanager
def serving(contender: Contender) -> Iterator[Contender]:
    """Run a contender on the servers' core."""
    with cores.on(cores.SERVER), contender:
        cores.pin(contender.pids, cores.SERVER)
        with cores.on(None):
            yield contender


@contextmanager
def redis() -> Iterator[RedisServer]:
    """Run a Redis on the client's core, so that it takes no time of a contender."""
    with (
        TemporaryDirectory(prefix="qader-bench-") as folder,
        cores.on(cores.CLIENT),
        RedisServer(Path(folder)) as server,
        cores.on(None),
    ):
        yield server


def _creator_of_ours(transport: Transport) -> Create:
    def create(redis: RedisServer, topics: int, viewers_per_topic: int) -> Contender:
        return Ours(redis, topics, viewers_per_topic, transport)

    return create


def _creator_of_peer(kind: type[Peer]) -> Create:
    def create(redis: RedisServer, topics: int, viewers_per_topic: int) -> Contender:
        return kind(redis, topics=topics, viewers_per_topic=viewers_per_topic)

    return create
