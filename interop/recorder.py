"""A TCP proxy for one client: it records the client's streams, and can cut them.

It is not `cluster`'s proxy because it has to understand what it forwards: which requests are for
streams, how they were answered, and where a message begins.
"""

import asyncio
import random
import re
import socket
import struct
import time
from contextlib import suppress
from dataclasses import dataclass

_CHUNK_BYTES = 256 * 1024
_STREAM_REQUEST = re.compile(rb"GET ((?:/\w\w)?/(?:sse|ws)/\S*)[^\r]*\r\n(.*?)\r\n\r\n", re.DOTALL)
_LAST_EVENT_ID = re.compile(rb"^last-event-id: *(.*?)\r?$", re.IGNORECASE | re.MULTILINE)
_STATUS = re.compile(rb"HTTP/1\.\d (\d+)")
_MESSAGE = b'{"type"'
_END = b'{"type":"challenge.end"'
# A line of its own: the head of a WebSocket, which has no chunks, may end with a zero as well.
_LAST_CHUNK = re.compile(rb"(?:\A|\n)0\r\n\r\n\Z")
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)
# When a stream is to be cut, at most this many whole messages pass before the one that is cut, and
# perhaps none: so few that all cuts fit into one duel.
_MOST_MESSAGES_BEFORE_CUT = 3
# A cut connection ends this long after its last bytes: a reset would destroy what is unread.
_PAUSE_SECONDS = 0.05


@dataclass(slots=True)
class Request:
    """One request for a stream: when it came, with which cursor, and its answer's status."""

    at: float
    target: str
    last_event_id: str
    status: int = 0
    is_open: bool = False


class Recorder:
    """Forwards a port of 127.0.0.1 to `target_port`; cuts streams while `cuts_left` is not 0."""

    def __init__(self, target_port: int, chance: random.Random) -> None:
        self.target_port = target_port
        self._chance = chance
        self.cuts_left = 0
        self.cuts = 0
        # When the last message of a duel went to the client.
        self.over_at: float | None = None
        self.requests: list[Request] = []
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)

    async def stop(self) -> None:
        if self._server:
            self._server.close()
        for connection in self._connections:
            connection.cancel()
        if self._connections:
            await asyncio.wait(self._connections)

    @property
    def port(self) -> int:
        if not self._server:
            raise RuntimeError("the recorder is not running")
        return int(self._server.sockets[0].getsockname()[1])

    @property
    def answered(self) -> int:
        return sum(request.status > 0 for request in self.requests)

    @property
    def open_streams(self) -> int:
        return sum(request.is_open for request in self.requests)

    def after_the_end(self, seconds: float) -> list[Request]:
        """Return the requests of so many seconds from the end of the duel on.

        It is this client's own end: when a slower one has had its end, this one may already have
        come back.
        """
        if self.over_at is None:
            return []
        return [r for r in self.requests if self.over_at < r.at < self.over_at + seconds]

    def place_to_cut(self, data: bytes, messages_before: int) -> int | None:
        """Return a random place inside the message after `messages_before` others, or None.

        The place is before the end of an SSE event's last line. One byte later, between that
        line and the empty line, clients that take an id when they read its line lose an event
        in whichever order its lines come.
        """
        starts = [found.start() for found in re.finditer(_MESSAGE, data)]
        if not self.cuts_left or len(starts) <= messages_before:
            return None
        start = starts[messages_before]
        end = data.find(b"\n\n", start)
        return self._chance.randrange(start + 1, end if end > 0 else len(data))

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        before_cut = self._chance.randint(0, _MOST_MESSAGES_BEFORE_CUT)
        task = asyncio.create_task(_Connection(self, before_cut).serve(reader, writer))
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)


class _Cut(OSError):
    """Raised to end a connection where it is."""


@dataclass(slots=True)
class _Connection:
    """One connection of the client; `request` is the last stream it asked for."""

    recorder: Recorder
    messages_before_cut: int
    request: Request | None = None

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ends = [writer]
        try:
            answers, service = await asyncio.open_connection("127.0.0.1", self.recorder.target_port)
            ends.append(service)
            async with asyncio.TaskGroup() as directions:
                directions.create_task(self._to_service(reader, service))
                directions.create_task(self._to_client(answers, writer))
        except* _Cut:
            pass
        except* OSError:  # the service does not listen, or has been killed
            _reset_on_close(writer)
        finally:
            if self.request:
                self.request.is_open = False
            for end in ends:
                end.transport.abort()

    async def _to_service(
        self, reader: asyncio.StreamReader, service: asyncio.StreamWriter
    ) -> None:
        while data := await reader.read(_CHUNK_BYTES):
            if found := _STREAM_REQUEST.match(data):
                cursor = _LAST_EVENT_ID.search(found[2])
                self.request = Request(
                    time.monotonic(), found[1].decode(), cursor[1].decode() if cursor else ""
                )
                self.recorder.requests.append(self.request)
            service.write(data)
            await service.drain()
        with suppress(OSError):
            service.write_eof()

    async def _to_client(self, reader: asyncio.StreamReader, client: asyncio.StreamWriter) -> None:
        while data := await reader.read(_CHUNK_BYTES):
            if self.request:
                self._note_answer(self.request, data)
                if self.request.is_open:
                    await self._cut_in(data, client)
            if _END in data and self.recorder.over_at is None:
                self.recorder.over_at = time.monotonic()
            client.write(data)
            await client.drain()
        with suppress(OSError):
            client.write_eof()

    @staticmethod
    def _note_answer(request: Request, data: bytes) -> None:
        if not request.status and (found := _STATUS.match(data)):
            request.status = int(found[1])
            request.is_open = request.status in (101, 200)
        if _LAST_CHUNK.search(data):
            request.is_open = False

    async def _cut_in(self, data: bytes, client: asyncio.StreamWriter) -> None:
        """If `data` is to be cut, forward its first part and end, every second time by a reset."""
        place = self.recorder.place_to_cut(data, self.messages_before_cut)
        if place is None:
            self.messages_before_cut -= data.count(_MESSAGE)
            self.messages_before_cut = max(0, self.messages_before_cut)
            return
        self.recorder.cuts_left -= 1
        self.recorder.cuts += 1
        client.write(data[:place])
        await client.drain()
        await asyncio.sleep(_PAUSE_SECONDS)
        if self.recorder.cuts % 2:
            _reset_on_close(client)
        raise _Cut


def _reset_on_close(writer: asyncio.StreamWriter) -> None:
    """Have the kernel send a reset when the connection is closed."""
    end: socket.socket = writer.get_extra_info("socket")
    with suppress(OSError):
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
