"""Forwards TCP connections as a network does: well, late, not at all. See `cluster.proxy`.

    python -m cluster.forwarder PORT TARGET_PORT

It takes commands on its standard input, one a line, answers each with a line, and ends with
its input, so that it cannot outlive who started it:

    pass | partition | refuse | jitter LOW_MS HIGH_MS | cut

A direction of a connection is two tasks with a line between them. One reads and says when
what it read is due; the other waits for that, and for the network to let things through. So
delays do not add up, order holds, and nothing is lost that TCP would not lose.
"""

import asyncio
import random
import select
import socket
import struct
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress

_CHUNK_BYTES = 64 * 1024
# Chunks under way in one direction; then the sender has to wait, as on a real line.
_MOST_UNDER_WAY = 16
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)

# When it is due, and the bytes: none at the end of the stream, None at a reset.
_Line = asyncio.Queue[tuple[float, bytes | None]]


class Forwarder:
    """Forwards from a port to a target; each method but `cut` replaces the state before."""

    def __init__(self, port: int, target_port: int) -> None:
        self._port, self._target_port = port, target_port
        self._lets_through = asyncio.Event()
        self._delay_ms = (0.0, 0.0)
        self._chance = random.Random()  # noqa: S311  # it spreads delays
        self._listening: asyncio.Task[None] | None = None
        self._connections: set[asyncio.Task[None]] = set()

    async def pass_through(self) -> None:
        await self.jitter(0, 0)

    async def jitter(self, low_ms: float, high_ms: float) -> None:
        self._delay_ms = (low_ms, high_ms)
        self._lets_through.set()
        self._listen()

    async def partition(self) -> None:
        self._lets_through.clear()
        self._listen()

    async def refuse(self) -> None:
        if self._listening:
            self._listening.cancel()
            await asyncio.wait([self._listening])
            self._listening = None
        await self.cut()

    async def cut(self) -> None:
        """Reset every connection there is."""
        for connection in self._connections:
            connection.cancel()
        if self._connections:
            await asyncio.wait(self._connections)

    def _listen(self) -> None:
        if self._listening is None:
            listener = socket.create_server(("127.0.0.1", self._port), backlog=1024)
            self._listening = asyncio.create_task(self._accept(listener))

    async def _accept(self, listener: socket.socket) -> None:
        with listener:
            listener.setblocking(False)
            while True:
                client, _ = await asyncio.get_running_loop().sock_accept(listener)
                connection = asyncio.create_task(self._connect(client))
                self._connections.add(connection)
                connection.add_done_callback(self._connections.discard)

    async def _connect(self, client: socket.socket) -> None:
        with client, socket.socket() as target:
            for end in (client, target):
                end.setblocking(False)
                # What came in one piece goes on in one, at once.
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            try:
                await self._lets_through.wait()
                if _has_left(client):
                    return
                where = ("127.0.0.1", self._target_port)
                await asyncio.get_running_loop().sock_connect(target, where)
                async with asyncio.TaskGroup() as directions:
                    self._forward(directions, client, target)
                    self._forward(directions, target, client)
            except* (OSError, asyncio.CancelledError):
                _reset(client, target)

    def _forward(
        self, tasks: asyncio.TaskGroup, source: socket.socket, sink: socket.socket
    ) -> None:
        line: _Line = asyncio.Queue(_MOST_UNDER_WAY)
        tasks.create_task(self._read(source, line))
        tasks.create_task(self._write(line, sink))

    async def _read(self, source: socket.socket, line: _Line) -> None:
        loop = asyncio.get_running_loop()
        data: bytes | None = b"not the end"
        while data:
            try:
                data = await loop.sock_recv(source, _CHUNK_BYTES)
            except OSError:
                data = None
            delay = self._chance.uniform(*self._delay_ms) / 1000
            await line.put((loop.time() + delay, data))

    async def _write(self, line: _Line, sink: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            due_at, data = await line.get()
            await asyncio.sleep(due_at - loop.time())
            await self._lets_through.wait()
            if data is None:
                raise ConnectionResetError
            if not data:
                sink.shutdown(socket.SHUT_WR)
                return
            await loop.sock_sendall(sink, data)


def _has_left(client: socket.socket) -> bool:
    """Whether it gave up while nothing was let through: its first packet never got there."""
    poll = select.poll()
    poll.register(client, select.POLLRDHUP)
    return bool(poll.poll(0))


def _reset(*ends: socket.socket) -> None:
    """Have `close` send a reset in place of an orderly end."""
    for end in ends:
        with suppress(OSError):
            end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)


async def obey(port: int, target_port: int) -> None:
    """Carry out the commands on the standard input, until it ends."""
    forwarder = Forwarder(port, target_port)
    commands: dict[str, Callable[..., Awaitable[None]]] = {
        "pass": forwarder.pass_through,
        "partition": forwarder.partition,
        "refuse": forwarder.refuse,
        "jitter": forwarder.jitter,
        "cut": forwarder.cut,
    }
    lines = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    async for line in lines:
        name, *numbers = line.decode().split()
        await commands[name](*map(float, numbers))
        sys.stdout.buffer.write(b"done\n")
        sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(obey(*map(int, sys.argv[1:])))
