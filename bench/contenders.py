"""Who is measured: our service in its two ways, and the peers."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

from bench import cores
from bench.contender import Contender
from bench.our_service import Ours
from cluster.redis_server import RedisServer


class Make(Protocol):
    def __call__(self, redis: RedisServer, topics: int, viewers_per_topic: int) -> Contender: ...


@dataclass(frozen=True, slots=True)
class Entrant:
    """A contender that can be made, with so many topics and viewers of each."""

    name: str
    make: Make
    is_ours: bool = False


def entrants(names: Sequence[str] = ()) -> list[Entrant]:
    """Return those of these names, or all there are. Raises ValueError for a name of nobody."""
    found = {entrant.name: entrant for entrant in (*_ours(), *_peers())}
    unknown = set(names) - set(found)
    if unknown:
        known = ", ".join(found)
        raise ValueError(f"there is no contender {', '.join(sorted(unknown))}, only {known}")
    return [found[name] for name in names or found]


@contextmanager
def serving(contender: Contender) -> Iterator[Contender]:
    """Run it on the core of servers."""
    with cores.on(cores.SERVER), contender:
        cores.pin(contender.pids, cores.SERVER)
        with cores.on(None):
            yield contender


@contextmanager
def redis() -> Iterator[RedisServer]:
    """Run a Redis beside the client: it is nobody's part, and may not take a server's time."""
    with (
        TemporaryDirectory(prefix="qader-bench-") as folder,
        cores.on(cores.CLIENT),
        RedisServer(Path(folder)) as server,
        cores.on(None),
    ):
        yield server


def _ours() -> Iterator[Entrant]:
    def sse(redis: RedisServer, topics: int, viewers_per_topic: int) -> Contender:
        return Ours(redis, topics, viewers_per_topic, "sse")

    def websocket(redis: RedisServer, topics: int, viewers_per_topic: int) -> Contender:
        return Ours(redis, topics, viewers_per_topic, "websocket")

    yield Entrant("ours", sse, is_ours=True)
    yield Entrant("ours-websocket", websocket, is_ours=True)


def _peers() -> Iterator[Entrant]:
    if find_spec("bench.peers") is None:
        return
    for kind in import_module("bench.peers").PEERS:
        yield Entrant(kind.name, _maker(kind))


def _maker(kind: type[Contender]) -> Make:
    def make(redis: RedisServer, topics: int, viewers_per_topic: int) -> Contender:
        # A peer beats as it always does: so seldom that it is not seen beside messages.
        where = {"redis": redis, "topics": topics, "viewers_per_topic": viewers_per_topic}
        return kind(**where)

    return make
