"""One connection through the proxy, in which the faults happen.

Each direction is two tasks with a queue between them. One task reads and notes when the bytes are
due; the other waits for that time and for the end of a partition, and writes. So delays do not add
up, the order holds, and nothing is lost that TCP would not lose.
"""

import asyncio
import random
import re
import select
import socket
import struct
from contextlib import suppress

from cluster.fault_proxy.faults import Fault, FaultState

_CHUNK_BYTES = 64 * 1024
# Chunks under way in one direction; beyond them the sender has to wait, as on a real line.
_MAX_CHUNKS_UNDER_WAY = 16
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)

_REQUEST = re.compile(rb"[A-Z]+ /")
_STREAM_REQUEST = re.compile(rb"GET (/\w\w)?/sse/")
_STREAM_HEAD = re.compile(rb"HTTP/1\.1 200.*?text/event-stream.*?\r\n\r\n", re.DOTALL)
_PAGES = {
    "bad_gateway": (b"502 Bad Gateway", b"<h1>Bad gateway</h1>"),
    "captive_portal": (b"200 OK", b"<h1>Sign in to this network</h1>"),
}
_NO_FAULT = Fault()


class _Flush:
    """An entry of the queue: write what the fault `buffer` has held back."""


# Each entry: when it is due, and the bytes to write, which are empty at the end of the stream; or a
# _Flush; or None, to reset the connection.
_Line = asyncio.Queue[tuple[float, bytes | _Flush | None]]


class _Finished(Exception):
    """Raised to close both ends in the orderly way, without a reset."""


class Connection:
    """Forwards between a client and the target, in the way that the current fault allows."""

    def __init__(self, client: socket.socket, target_port: int, state: FaultState) -> None:
        self._client, self._target_port, self._state = client, target_port, state
        self._target = socket.socket()
        self._chance = random.Random()  # noqa: S311  # it spreads delays
        self._luck = self._chance.random()
        self._responses: _Line = asyncio.Queue(_MAX_CHUNKS_UNDER_WAY)
        self._carries_stream = False  # the last request asked for an event stream
        self._is_streaming = False  # the head of that stream has been forwarded
        self._client_left = asyncio.Event()
        self._is_dead = False  # `half_open` has swallowed bytes, so nothing follows them
        self._held = b""
        self._counted_as = ""
        self._bytes_before_cut = 0
        self._spread_cut()

    @property
    def is_open_stream(self) -> bool:
        return self._carries_stream and not self._client_left.is_set()

    @property
    def fault(self) -> Fault:
        """The current fault, or none where it does not concern this connection."""
        fault = self._state.fault
        spares = fault.only == "streams" and not self._carries_stream
        return _NO_FAULT if spares or self._luck >= fault.chance else fault

    def fault_changed(self) -> None:
        self._spread_cut()
        if self._held:
            # In a full queue, the next chunk writes what was held back, so no _Flush is needed.
            with suppress(asyncio.QueueFull):
                self._responses.put_nowait((0.0, _Flush()))

    async def run(self) -> None:
        """Forward until both ends are closed; a reset of one end, or a cancellation, resets both."""
        loop = asyncio.get_running_loop()
        with self._client, self._target:
            for end in (self._client, self._target):
                end.setblocking(False)
                # Otherwise the kernel would delay small chunks, and join them to later ones.
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            try:
                await self._partition_ends()
                if _has_left(self._client):
                    return
                await loop.sock_connect(self._target, ("127.0.0.1", self._target_port))
                async with asyncio.TaskGroup() as tasks:
                    requests: _Line = asyncio.Queue(_MAX_CHUNKS_UNDER_WAY)
                    tasks.create_task(self._read(self._client, requests))
                    tasks.create_task(self._write_requests(requests))
                    tasks.create_task(self._read(self._target, self._responses))
                    tasks.create_task(self._write_responses())
            except* _Finished:
                pass
            except* (OSError, asyncio.CancelledError):
                _reset(self._client, self._target)

    async def _read(self, source: socket.socket, line: _Line) -> None:
        loop = asyncio.get_running_loop()
        data: bytes | None = b"not the end"
        while data:
            try:
                data = await loop.sock_recv(source, _CHUNK_BYTES)
            except OSError:
                data = None
            if source is self._client:
                self._note_request(data)
            fault = self.fault
            delay = self._chance.uniform(fault.low_ms, fault.high_ms) / 1000
            await line.put((loop.time() + delay, data))

    def _note_request(self, data: bytes | None) -> None:
        if not data:
            self._client_left.set()
        elif _REQUEST.match(data):
            self._carries_stream = bool(_STREAM_REQUEST.match(data))
            self._is_streaming = False

    async def _next(self, line: _Line) -> bytes | _Flush:
        """Return what is next in a line once it is due and passes. Raises at a reset."""
        due_at, data = await line.get()
        await asyncio.sleep(due_at - asyncio.get_running_loop().time())
        await self._partition_ends()
        if data is None:
            raise ConnectionResetError
        return data

    async def _partition_ends(self) -> None:
        await self._state.wait_while(lambda: self.fault.name == "partition")

    async def _write_requests(self, line: _Line) -> None:
        loop = asyncio.get_running_loop()
        while data := await self._next(line):
            assert isinstance(data, bytes)  # noqa: S101  # only responses are flushed
            name = self.fault.name
            if name == "reset":
                self._count(name)
                raise ConnectionResetError
            if name in _PAGES:
                self._count(name)
                await self._answer(*_PAGES[name])
            if not self._swallows():
                await loop.sock_sendall(self._target, data)
        if self._is_dead:
            raise _Finished
        self._target.shutdown(socket.SHUT_WR)

    async def _write_responses(self) -> None:
        loop = asyncio.get_running_loop()
        while data := await self._next(self._responses):
            if isinstance(data, _Flush):
                await self._flush()
            elif not self._swallows():
                await loop.sock_sendall(self._client, await self._let_through(data))
        if not self._is_dead:
            await self._flush()
            self._client.shutdown(socket.SHUT_WR)

    async def _let_through(self, data: bytes) -> bytes:
        """Return what the client gets now. Raises ConnectionResetError after a cut."""
        head = _STREAM_HEAD.match(data)
        self._is_streaming = self._is_streaming or head is not None
        name = self.fault.name
        if name == "buffer" and self._is_streaming:
            self._count(name)
            begin = head.end() if head else 0
            self._held += data[begin:]
            return data[:begin]
        if name == "cut":
            self._bytes_before_cut -= len(data)
            if self._bytes_before_cut < 0:
                self._count(name)
                part = data[: self._bytes_before_cut]
                await asyncio.get_running_loop().sock_sendall(self._client, part)
                raise ConnectionResetError
        held, self._held = self._held, b""
        return held + data

    async def _flush(self) -> None:
        held, self._held = self._held, b""
        await asyncio.get_running_loop().sock_sendall(self._client, held)

    async def _answer(self, status: bytes, page: bytes) -> None:
        """Answer in place of the target, and wait until the client has closed."""
        loop = asyncio.get_running_loop()
        head = b"HTTP/1.1 %b\r\nContent-Type: text/html\r\nContent-Length: %d\r\nConnection: close"
        await loop.sock_sendall(self._client, head % (status, len(page)) + b"\r\n\r\n" + page)
        self._client.shutdown(socket.SHUT_WR)
        # Closing a socket with unread bytes sends a reset, which could destroy the answer.
        await self._client_left.wait()
        raise _Finished

    def _swallows(self) -> bool:
        if self.fault.name == "half_open":
            self._count("half_open")
            self._is_dead = True
        return self._is_dead

    def _count(self, name: str) -> None:
        if self._counted_as != name:
            self._state.counts[name] += 1
        self._counted_as = name

    def _spread_cut(self) -> None:
        self._bytes_before_cut = self._chance.randint(1, self._state.fault.bytes)


def _has_left(client: socket.socket) -> bool:
    """Whether the client closed during a partition: then it is never connected to the target."""
    poll = select.poll()
    poll.register(client, select.POLLRDHUP)
    return bool(poll.poll(0))


def _reset(*ends: socket.socket) -> None:
    """Have `close` send a reset in place of an orderly end."""
    for end in ends:
        with suppress(OSError):
            end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
