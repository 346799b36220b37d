"""What a worker holds: compared before and after, it shows what was never given back."""

import json
import os
import time
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

import psutil

from cluster.node import Node

_SETTLE_SECONDS = 60.0
# Connections of the pool that were not open yet, and the log's rotation.
_MORE_FILES = 3


@dataclass(frozen=True, slots=True)
class Holdings:
    """What the only worker of a node holds."""

    worker: int
    streams: int
    sockets: int
    database_files: int
    files: int
    threads: int
    memory: int  # bytes that no other process shares

    @classmethod
    def of(cls, node: Node) -> "Holdings":
        (pid,) = node.worker_pids
        opened = []
        for entry in Path(f"/proc/{pid}/fd").iterdir():
            try:
                opened.append(os.readlink(entry))
            except FileNotFoundError:
                continue
        process = psutil.Process(pid)
        return cls(
            worker=pid,
            streams=_open_streams(node),
            sockets=sum(name.startswith("socket:") for name in opened),
            database_files=sum("sqlite" in name for name in opened),
            files=len(opened),
            threads=process.num_threads(),
            memory=process.memory_full_info().uss,
        )

    def faults(self, after: "Holdings", memory_bound: int) -> list[str]:
        """Say what there is more of afterwards."""
        found = []
        if after.worker != self.worker:
            found.append(f"the worker {self.worker} has died")
        for name in ("streams", "sockets"):
            if getattr(after, name) > getattr(self, name):
                found.append(f"{name}: {getattr(self, name)} before, {getattr(after, name)} after")
        if after.files > self.files + _MORE_FILES:
            found.append(f"open files: {self.files} before, {after.files} after")
        if after.memory > self.memory + memory_bound:
            grown = (after.memory - self.memory) / 2**20
            found.append(f"memory has grown by {grown:.0f} MiB")
        return found

    def __str__(self) -> str:
        return (
            f"worker {self.worker}: {self.streams} streams, {self.sockets} sockets,"
            f" {self.database_files} files of the database, {self.files} open files in all,"
            f" {self.threads} threads, {self.memory / 2**20:.0f} MiB"
        )


def settled(node: Node, streams: int = 0, sockets: int | None = None) -> Holdings:
    """Return what a node holds once it has closed what is closing, or after a time limit."""
    give_up_at = time.monotonic() + _SETTLE_SECONDS
    while True:
        found = Holdings.of(node)
        is_quiet = found.streams <= streams and (sockets is None or found.sockets <= sockets)
        if is_quiet or time.monotonic() > give_up_at:
            return found
        time.sleep(0.5)


def _open_streams(node: Node) -> int:
    with closing(HTTPConnection("127.0.0.1", node.port, timeout=30)) as connection:
        connection.request("GET", "/readyz", headers={"Connection": "close"})
        return int(json.loads(connection.getresponse().read())["streams"])
