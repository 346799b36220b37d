"""Compiles the load client once, and runs it on a core of its own, one process a run."""

import json
import os
import struct
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from shutil import which
from tempfile import mkdtemp
from typing import Self

from bench.contender import Contender, Publishing
from cluster.process import MissingProgram, temporary_folder

_SOURCES = sorted(Path(__file__).parent.glob("*.c"))
# How long a run may take beyond its seconds: to open the streams, and to wait for late messages.
_MORE_SECONDS = 120.0


class ClientFailed(Exception):
    """The client gave up; the text names the reason, such as a refused stream."""


@dataclass(frozen=True, slots=True)
class Load:
    """What a run publishes. With neither window nor rate it keeps streams open and reads heartbeats.

    `window` is the number of messages under way, that is, not yet received by all streams of their
    topics; the next one is published when one has arrived. `rate` is messages a second, whatever
    arrives. Messages of the first `warm_up` seconds are checked, but count neither in
    `Result.delivered` nor in the latencies.
    """

    seconds: float
    window: int = 0
    rate: float = 0.0
    warm_up: float = 0.0
    settle: float = 1.0  # between the opening of the last stream and the first message


@dataclass(frozen=True, slots=True)
class Target:
    """Where a topic's messages are published, and their template: see `bench.contender`."""

    channel: str
    template: bytes


@dataclass(frozen=True, slots=True)
class Plan:
    """What a client connects to. A stream is the number of its topic and the request that opens it."""

    port: int
    streams: Sequence[tuple[int, bytes]]
    targets: Sequence[Target]
    publishing: Publishing = "redis"
    publish_port: int = 0
    signing_key: bytes = b""

    @classmethod
    def of(cls, contender: Contender, topics: int, viewers_per_topic: int, redis_port: int) -> Self:
        """Plan all streams of a contender; the first viewers of all topics open first."""
        return cls(
            contender.port,
            [(t, contender.request(t, v)) for v in range(viewers_per_topic) for t in range(topics)],
            [Target(contender.target(topic), contender.template(topic)) for topic in range(topics)],
            contender.publishing,
            redis_port if contender.publishing == "redis" else contender.publish_port,
            contender.signing_key,
        )


@dataclass(frozen=True, slots=True)
class Result:
    """The figures of a run. `published` counts messages; the other counts are of single streams.

    `received` counts all messages but doubled ones, `delivered` those of the measured `seconds`. A
    message is lost if it has not come 2 s after the last one was published.
    """

    opened: int
    open_seconds: float
    published: int
    received: int
    delivered: int
    seconds: float
    lost: int
    doubled: int
    disordered: int
    p50_ms: float
    p99_ms: float
    max_ms: float
    cpu_seconds: float
    cores: float

    @property
    def rate(self) -> float:
        return self.delivered / self.seconds

    @property
    def wrong(self) -> int:
        return self.lost + self.doubled + self.disordered


class Client:
    """A running client: `opened` waits until all its streams are open, `result` until it ends."""

    def __init__(self, plan: Plan, load: Load, core: int | None = None) -> None:
        self._folder = temporary_folder(self, "qader-client-")
        topics, streams = self._folder / "topics", self._folder / "streams"
        key = self._folder / "key"
        key.write_bytes(plan.signing_key)
        topics.write_bytes(_topics(plan.targets))
        streams.write_bytes(_streams(plan.streams))
        self._seconds = load.seconds + load.warm_up + load.settle + _MORE_SECONDS
        options = {
            "mode": "load" if load.window or load.rate else "idle",
            "port": plan.port,
            "publishing": plan.publishing,
            "publish_port": plan.publish_port,
            "topics": topics,
            "streams": streams,
            "key": key,
            "seconds": load.seconds,
            "warm_up": load.warm_up,
            "settle": load.settle,
            "window": load.window,
            "rate": load.rate,
        }
        pinned = [] if core is None else ["taskset", "-c", str(core)]
        command = [
            *pinned,
            program(),
            *(str(part) for option in options.items() for part in option),
        ]
        self._child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    @property
    def pid(self) -> int:
        return self._child.pid

    def opened(self) -> float:
        """Return how many seconds it took to open all streams. Raises ClientFailed."""
        if self._child.stdout is None:
            raise RuntimeError("the client has no output")
        line = self._child.stdout.readline()
        if not line:
            self.result()
        return float(json.loads(line)["open_seconds"])

    def result(self) -> Result:
        """Wait until the client ends, and return its figures. Raises ClientFailed."""
        try:
            output, errors = self._child.communicate(timeout=self._seconds)
        except BaseException:
            self.stop()
            raise
        if self._child.returncode:
            raise ClientFailed(errors.decode(errors="replace").strip() or "the client was killed")
        return Result(**json.loads(output.splitlines()[-1]))

    def stop(self) -> None:
        """Kill the client if it still runs."""
        if self._child.poll() is None:
            self._child.kill()
            self._child.communicate()


def run(plan: Plan, load: Load, core: int | None = None) -> Result:
    """Run a client to its end. Raises ClientFailed."""
    return Client(plan, load, core).result()


@cache
def program() -> str:
    """Compile the client, once in this process, and return its path."""
    if which("gcc") is None:
        raise MissingProgram("gcc is not installed: apt-get install gcc libc6-dev")
    target = Path(mkdtemp(prefix="qader-client-")) / f"client-{os.getpid()}"
    command = ["gcc", "-O2", "-Wall", "-Wextra", "-o", str(target), *map(str, _SOURCES)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"the load client cannot be compiled:\n{done.stderr}")
    return str(target)


def _topics(targets: Sequence[Target]) -> bytes:
    parts = [_number(len(targets))]
    for target in targets:
        parts += [_sized(target.channel.encode()), _sized(target.template)]
    return b"".join(parts)


def _streams(streams: Sequence[tuple[int, bytes]]) -> bytes:
    parts = [_number(len(streams))]
    for topic, request in streams:
        parts += [_number(topic), _sized(request)]
    return b"".join(parts)


def _number(value: int) -> bytes:
    return struct.pack("=I", value)


def _sized(data: bytes) -> bytes:
    return _number(len(data)) + data
