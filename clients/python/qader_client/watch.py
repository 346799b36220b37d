"""Follows a topic in a thread: over SSE, over the WebSocket shim, or by polling.

All three collect the same: numbered messages, in the order they came.
"""

import json
import socket
import threading
from abc import abstractmethod
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Self
from urllib.parse import urlsplit

from qader_client.protocols import REPLIES, SseProtocol, WebSocketProtocol
from qader_client.received import Received, Watcher
from qader_client.rest import CHALLENGES, Api
from qader_client.sse import ServerSentEvent

_TIMEOUT_SECONDS = 60
_CHUNK_BYTES = 64 * 1024


class Refused(Exception):
    """A WebSocket was not opened; the text names the status of the answer."""


class StreamWatcher(Watcher):
    """A watcher that reads its connection in a thread."""

    def __init__(
        self, api: Api, path: str, on_message: Callable[[Received], None] | None = None
    ) -> None:
        super().__init__(on_message)
        self._api, self._path = api, path
        self._host = urlsplit(api.base_url).netloc
        self._thread: threading.Thread | None = None

    def cut(self) -> None:
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        if self._thread:
            self._thread.join(10)
        self._socket.close()

    def _connect(self, request: bytes) -> None:
        """Send the request, and read until the answer has begun."""
        host, _, port = self._host.partition(":")
        self._socket = socket.create_connection((host, int(port or 80)), _TIMEOUT_SECONDS)
        self._socket.sendall(request)
        while self._receive() and self._status is None:
            pass
        if self._status is None:
            raise ConnectionError("the connection ended before the answer began")

    def _read_on(self) -> None:
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        with suppress(OSError, ValueError):
            while self._receive():
                pass
        # Before the end is noted: from then on another thread may open the next connection.
        self._socket.close()
        self._end()
        self._notify()

    @property
    @abstractmethod
    def _status(self) -> int | None:
        """The status of the answer, once it is known."""

    @abstractmethod
    def _receive(self) -> bool:
        """Take in what comes next; return whether more may follow."""

    @abstractmethod
    def _end(self) -> None:
        """Note that the connection has ended."""


class SseWatcher(StreamWatcher):
    """An EventSource: reads one address, and resumes from its last id when it is opened again."""

    def __init__(
        self, api: Api, path: str, on_message: Callable[[Received], None] | None = None
    ) -> None:
        super().__init__(api, path, on_message)
        self._protocol = SseProtocol()
        self.control: list[dict[str, Any]] = []
        self.is_open = False

    @property
    def is_over(self) -> bool:
        """Whether the server said that nothing will follow: by a 204, or by the state `over`."""
        return self.status == 204 or any(said == {"state": "over"} for said in self.control)

    @property
    def last_event_id(self) -> str:
        return self._protocol.parser.last_event_id

    @property
    def status(self) -> int:
        return self._protocol.status or 0

    def open(self, last_event_id: str | None = None) -> Self:
        """Connect, from the last id known or the given one; return when the answer has begun."""
        if last_event_id is not None:
            self._protocol.parser.last_event_id = last_event_id
        self.is_open = True
        self._connect(self._protocol.connect(self._host, self._path, self._api.cookie))
        self.is_open = self.status == 200
        if self.is_open:
            self._read_on()
        else:
            self._socket.close()
        return self

    @property
    def _status(self) -> int | None:
        return self._protocol.status

    def _receive(self) -> bool:
        if self._protocol.is_finished:
            return False  # its end came with its head, and the server keeps the connection open
        data = self._socket.recv(_CHUNK_BYTES)
        for event in self._protocol.receive(data):
            self._dispatch(event)
        return not self._protocol.is_finished

    def _end(self) -> None:
        self.is_open = False

    def _dispatch(self, event: ServerSentEvent) -> None:
        content = json.loads(event.data)
        if event.event == "stream":
            self.control.append(content)
            self._notify()
        else:
            self._take(Received(int(event.last_event_id), content["type"], content["payload"]))


class SocketWatcher(StreamWatcher):
    """A legacy client over the WebSocket shim."""

    def __init__(
        self,
        api: Api,
        path: str,
        on_message: Callable[[Received], None] | None = None,
        origin: str | None = None,
    ) -> None:
        super().__init__(api, path, on_message)
        self._origin = origin
        self._protocol = WebSocketProtocol()
        # `send` runs in another thread than the reading, which answers pings.
        self._sending = threading.Lock()
        self.close_code: int | None = None
        self.close_reason: str | None = None
        self.replies: list[dict[str, Any]] = []

    @property
    def cursor(self) -> int | None:
        return self._protocol.cursor

    def open(self, last_event_id: int | None = None) -> Self:
        """Connect and return when the handshake is done. Raises Refused."""
        protocol = self._protocol
        protocol.cursor = last_event_id
        self._connect(protocol.connect(self._host, self._path, self._api.cookie, self._origin))
        if self._status != 101:
            self._socket.close()
            raise Refused(f"the handshake was answered with {self._status}")
        self._read_on()
        return self

    def send(self, message: object) -> None:
        text = message if isinstance(message, str) else json.dumps(message)
        with self._sending:
            self._socket.sendall(self._protocol.send(text))

    @property
    def _status(self) -> int | None:
        return self._protocol.status

    def _receive(self) -> bool:
        data = self._socket.recv(_CHUNK_BYTES)
        for message in self._protocol.receive(data):
            self._dispatch(message)
        with self._sending:
            self._socket.sendall(self._protocol.output())
        return bool(data)

    def _end(self) -> None:
        self.close_code, self.close_reason = self._protocol.close or (1006, None)

    def _dispatch(self, message: dict[str, Any]) -> None:
        if message["type"] in REPLIES:
            self.replies.append(message)
            self._notify()
        else:
            self._take(Received(self.cursor or 0, message["type"], message["payload"]))


class PollWatcher(Watcher):
    """The fallback of clients that cannot hold a stream: asks repeatedly for what follows the last number."""

    def __init__(self, api: Api, challenge_id: int) -> None:
        super().__init__()
        self._api, self._path = api, f"{CHALLENGES}{challenge_id}/events/"
        self.cursor = 0
        self.was_reset = False

    def poll(self) -> bool:
        """Ask once; return whether all messages so far have been received."""
        page = self._api.get(f"{self._path}?after={self.cursor}").body
        self.was_reset = self.was_reset or page["reset"]
        for event in page["events"]:
            self.cursor = event["id"]
            self._take(Received(event["id"], event["type"], event["payload"]))
        return bool(self.cursor == page["head"])
