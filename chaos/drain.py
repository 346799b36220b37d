"""Drains a worker with many streams: how long it takes, and when the clients reconnect."""

import re
import resource
import signal
import socket
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass

import gevent
from gevent.pool import Pool
from qader_client.rest import Api

from cluster.local_cluster import Cluster
from cluster.node import Node

# gunicorn's graceful_timeout: a worker that drains for longer is killed. The report has the
# measured time; a tighter bound would depend on what else runs on the machine.
MAX_SECONDS = 25.0
# No half second may bring more than this share of the reconnections.
MAX_SHARE_AT_ONCE = 0.5
_BUCKET_SECONDS = 0.5
_BAR_WIDTH = 40
_ACCOUNTS = 20
# Well beyond MAX_SECONDS: a node that still runs will not end.
_GIVE_UP_SECONDS = 40.0
_PASSWORD = "drain-pass-1"  # noqa: S105  # of accounts that live as long as this process
# Connections that are opened at the same time: fewer than the node's backlog.
_OPENING_AT_ONCE = 50
# `Connection: close`, as nginx sends it: without it, the connection would stay open after the
# stream, and hold the worker for another five seconds.
_HEADERS = "Host: {host}\r\nConnection: close\r\nCookie: sessionid={cookie}\r\n\r\n"
_REQUEST = "GET /sse/challenges/notifications/ HTTP/1.1\r\n" + _HEADERS
_OPEN = b'"state":"open"'
_DRAINING = re.compile(rb'"state":"closing","reason":"draining","retry_ms":(\d+)')
_END_OF_BODY = b"0\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Ending:
    """How one stream ended, in seconds since the signal; `retry` is the time the server named."""

    ended_after: float
    retry: float | None
    # The response ended as HTTP prescribes, not by a cut.
    is_complete: bool

    @property
    def reconnects_after(self) -> float:
        return self.ended_after + (self.retry or 0.0)


@dataclass(frozen=True, slots=True)
class Drain:
    endings: Sequence[Ending]
    gone_after: float

    @property
    def problems(self) -> list[str]:
        found = []
        cut = sum(f.retry is None or not f.is_complete for f in self.endings)
        if cut:
            found.append(f"{cut} of {len(self.endings)} streams were cut instead of drained")
        if self.gone_after > MAX_SECONDS:
            found.append(f"the drain took {self.gone_after:.1f} s, over {MAX_SECONDS:.0f}")
        most = max(self._buckets().values())
        if most > MAX_SHARE_AT_ONCE * len(self.endings):
            found.append(f"{most} of {len(self.endings)} reconnect within half a second")
        return found

    def text(self) -> str:
        """Return what happened, with a histogram, as Markdown."""
        ends = [ending.ended_after for ending in self.endings]
        drained = sum(ending.retry is not None for ending in self.endings)
        lines = [
            f"One worker with {len(ends):,} streams got SIGTERM. {drained:,} of them got the reason",
            f"`draining` and a time to reconnect: the first ended after {min(ends):.1f} s,",
            f"the last after {max(ends):.1f} s, and the process ended after",
            f"{self.gone_after:.1f} s. The clients reconnect, in seconds after the signal:",
            "",
            "```",
            *self._histogram(),
            "```",
            *(f"- **problem**: {problem}" for problem in self.problems),
        ]
        return "\n".join([*lines, ""])

    def _histogram(self) -> list[str]:
        buckets = self._buckets()
        most = max(buckets.values())
        return [
            f"{bucket * _BUCKET_SECONDS:4.1f} {buckets[bucket]:5}"
            f" {'#' * round(_BAR_WIDTH * buckets[bucket] / most)}".rstrip()
            for bucket in range(max(buckets) + 1)
        ]

    def _buckets(self) -> Counter[int]:
        return Counter(int(f.reconnects_after / _BUCKET_SECONDS) for f in self.endings)


def drain(streams: int) -> Drain:
    """Open the streams on a node of one worker, without nginx; stop the node as a deploy does."""
    _allow_files(streams)
    with Cluster(nodes=1, workers=1) as cluster, ExitStack() as sockets:
        accounts = ("--count", str(_ACCOUNTS), "--prefix", "drained", "--password", _PASSWORD)
        cluster.flask("users", "seed", *accounts)
        (node,) = cluster.nodes
        requests = [_request(node, f"drained{number + 1}") for number in range(_ACCOUNTS)]

        def open_one(number: int) -> socket.socket:
            sock = sockets.enter_context(socket.create_connection(("127.0.0.1", node.port)))
            sock.sendall(requests[number % _ACCOUNTS])
            answer = b""
            while _OPEN not in answer:
                if not (chunk := sock.recv(4096)):
                    raise ConnectionError(f"a stream was not opened: {answer!r}")
                answer += chunk
            return sock

        opened = Pool(_OPENING_AT_ONCE).map(open_one, range(streams))
        began_at = time.monotonic()
        watching = [gevent.spawn(_watch, sock, began_at) for sock in opened]
        node.process.signal(signal.SIGTERM)
        while node.process.is_running and time.monotonic() < began_at + _GIVE_UP_SECONDS:
            gevent.sleep(0.02)
        gone_after = time.monotonic() - began_at
        return Drain([ending.get() for ending in watching], gone_after)


def _request(node: Node, username: str) -> bytes:
    api = Api.signed_in(node.base_url, username, _PASSWORD)
    api.close()  # an idle connection would delay the end of the worker
    return _REQUEST.format(host=f"127.0.0.1:{node.port}", cookie=api.cookie).encode()


def _watch(sock: socket.socket, began_at: float) -> Ending:
    end, retry = b"", None
    with suppress(OSError):
        while chunk := sock.recv(4096):
            end = (end + chunk)[-200:]
            if draining := _DRAINING.search(end):
                retry = int(draining[1]) / 1000
    ended_after = time.monotonic() - began_at
    return Ending(ended_after, retry, end.endswith(_END_OF_BODY))


def _allow_files(count: int) -> None:
    """Let this process and its children open two files a stream and 1,024 more, if allowed."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 2 * count + 1024)), hard))
