"""The base of all peers: a process on a free port, which logs to a file and may use a Redis."""

import importlib.metadata
import resource
import signal
from abc import abstractmethod
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import psutil

from bench.contender import MARK, MESSAGE_BYTES, Contender, Publishing
from cluster.process import (
    ROOT,
    MissingProgram,
    Process,
    free_port,
    is_listening,
    temporary_folder,
)
from cluster.redis_server import RedisServer

PYTHON_PEERS = ROOT / ".venv" / "bench"
NODE_PEERS = ROOT / ".venv" / "bench-node" / "node_modules"
HOW_TO_INSTALL = "the peers are not installed: make .venv/installed-bench"

EVENT = "participant.update"
# For messages of MESSAGE_BYTES on the wire: about how many bytes a peer writes before the data, and
# the length of the mark (see `contender.py`) that replaces MARK.
_FRAME_BYTES, _FILLED_MARK_BYTES = 40, 30
_STARTS_WITHIN_SECONDS = 60


class Peer(Contender):
    """A server that could be used instead of ours; no code of the service runs in its process.

    Without a `folder`, its log is deleted with this object.
    """

    publishing: Publishing = "redis"
    _stop_signal = signal.SIGTERM

    def __init__(
        self,
        redis: RedisServer,
        folder: Path | None = None,
        topics: int = 1000,
        viewers_per_topic: int = 2,
    ) -> None:
        self.port = free_port()
        self.topics, self.viewers = topics, topics * viewers_per_topic
        self.folder = folder or temporary_folder(self, f"bench-{self.name}-")
        self.redis = redis
        self.version = self._installed_version()
        # The program starts in this folder, so Python could import any module in it: it holds
        # nothing but the peer.
        self.program_folder = Path(__file__).with_name(self.name)
        self.process = Process(
            f"{self.name}-{self.port}",
            self._command(),
            self.folder,
            {"REDIS_URL": redis.url, "CHANNELS": self.target_prefix, **self._environ()},
            cwd=self.program_folder,
        )

    @abstractmethod
    def _command(self) -> list[str | Path]:
        """Return the program and its arguments."""

    @abstractmethod
    def _installed_version(self) -> str:
        """Return the version of the package. Raises MissingProgram."""

    def _environ(self) -> Mapping[str, str]:
        return {}

    def start(self) -> None:
        allow_many_files()
        self.process.start()
        self.process.wait_until_up(self._is_up, _STARTS_WITHIN_SECONDS)

    def stop(self) -> None:
        self.process.stop(self._stop_signal)

    def _is_up(self) -> bool:
        """Whether it serves; most programs subscribe to Redis before they listen."""
        return is_listening(self.port)

    @property
    def pids(self) -> list[int]:
        return [self.process.pid]

    @property
    def target_prefix(self) -> str:
        return f"bench:{self.name}:"

    def target(self, topic: int) -> str:
        return f"{self.target_prefix}{topic}"

    def template(self, topic: int) -> bytes:
        return message(topic)

    def request(self, topic: int, viewer: int) -> bytes:
        return get(self._path(topic), "Accept: text/event-stream")

    def _path(self, topic: int) -> str:
        return f"/stream/{topic}"


def message(topic: int) -> bytes:
    """Return a JSON document like those of our service, with the mark in a player's name."""
    start = (
        b'{"type":"participant.update","payload":{"challenge":%d,"attempt":%d,"participant":%d,'
        b'"username":"player-%d","full_name":"%s","avatar":"/media/avatars/player.png",'
        b'"is_online":true,"status":"in_progress","score":40,"correct":4,"answered":5,'
        b'"questions":10,"started_at":"2026-03-01T12:00:00.000000Z","finished_at":null,"about":"'
    ) % (topic, topic, topic, topic, MARK)
    end = b'"}}'
    length = MESSAGE_BYTES - _FRAME_BYTES - (_FILLED_MARK_BYTES - len(MARK))
    return start + b"A line about this player. ".ljust(length - len(start) - len(end), b".") + end


def get(path: str, *headers: str) -> bytes:
    lines = [f"GET {path} HTTP/1.1", "Host: 127.0.0.1", *headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def python_peer(program: str) -> Path:
    path = PYTHON_PEERS / "bin" / program
    if not path.exists():
        raise MissingProgram(HOW_TO_INSTALL)
    return path


def python_versions(*packages: str) -> str:
    """Return `name version, name version` of packages in the peers' environment."""
    folders = [str(folder) for folder in PYTHON_PEERS.glob("lib/python*/site-packages")]
    found = []
    for package in packages:
        distributions = importlib.metadata.distributions(name=package, path=folders)
        distribution = next(iter(distributions), None)
        if distribution is None:
            raise MissingProgram(HOW_TO_INSTALL)
        found.append(f"{package} {distribution.version}")
    return ", ".join(found)


def children(pid: int) -> list[int]:
    return [child.pid for child in psutil.Process(pid).children()]


def allow_many_files() -> None:
    """Let programs started from now on open 65,536 files or more; without root, the hard limit."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(
        ValueError, PermissionError
    ):  # only root may exceed the hard limit; flask-sse has two files a stream
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(hard, 65_536),) * 2)
        return
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
