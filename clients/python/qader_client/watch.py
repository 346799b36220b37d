"""Follows a topic in a thread: over SSE, over the WebSocket shim, or by polling.

All three collect the same thing: numbered messages, in the order they came.
"""

import http.client
import json
import socket
import threading
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import urlsplit

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect
from websockets.typing import Origin

from qader_client.rest import CHALLENGES, Api
from qader_client.sse import Parser, ServerSentEvent


@dataclass(frozen=True, slots=True)
class Received:
    """One message and its number in the topic."""

    id: int
    type: str
    payload: Any


class Watcher:
    """What the three have in common: the messages so far, and waiting for more."""

    def __init__(self, on_message: Callable[[Received], None] | None = None) -> None:
        self.messages: list[Received] = []
        self._on_message = on_message
        self._changed = threading.Condition()

    @property
    def ids(self) -> list[int]:
        return [message.id for message in self.messages]

    @property
    def types(self) -> list[str]:
        return [message.type for message in self.messages]

    @property
    def log(self) -> list[tuple[int, dict[str, Any]]]:
        """The messages as they were sent, with their numbers: what a contract check reads."""
        return [(m.id, {"type": m.type, "payload": m.payload}) for m in self.messages]

    def wait_until(self, condition: Callable[[], object], timeout: float = 20) -> None:
        """Wait until the condition holds; it is looked at after every message."""
        with self._changed:
            if not self._changed.wait_for(condition, timeout):
                raise TimeoutError(f"{condition} did not come true; received {self.types}")

    def wait_for(self, message_type: str, timeout: float = 20) -> Received:
        self.wait_until(lambda: message_type in self.types, timeout)
        return next(m for m in reversed(self.messages) if m.type == message_type)

    def cut(self) -> None:
        """Break the connection as a tunnel does: at once, wherever the stream is."""

    def _take(self, message: Received) -> None:
        with self._changed:
            self.messages.append(message)
            self._changed.notify_all()
        if self._on_message:
            self._on_message(message)

    def _notify(self) -> None:
        with self._changed:
            self._changed.notify_all()


class SseWatcher(Watcher):
    """An EventSource: reads one address, and comes back with its last id after a cut."""

    def __init__(
        self, api: Api, path: str, on_message: Callable[[Received], None] | None = None
    ) -> None:
        super().__init__(on_message)
        self._api, self._path = api, path
        self._parser = Parser()
        self._connection: http.client.HTTPConnection | None = None
        self._thread: threading.Thread | None = None
        self.control: list[dict[str, Any]] = []
        self.status = 0
        self.is_open = False

    @property
    def last_event_id(self) -> str:
        return self._parser.last_event_id

    def open(self, last_event_id: str | None = None) -> Self:
        """Connect, from the last id known or the given one; return when the answer has begun."""
        if last_event_id is not None:
            self._parser.last_event_id = last_event_id
        connection = http.client.HTTPConnection(urlsplit(self._api.base_url).netloc, timeout=60)
        headers = {"Cookie": f"sessionid={self._api.cookie}", "Accept": "text/event-stream"}
        if self.last_event_id:
            headers["Last-Event-ID"] = self.last_event_id
        connection.request("GET", self._path, headers=headers)
        self._socket = connection.sock
        response = connection.getresponse()
        self.status = response.status
        self.is_open = self.status == 200
        self._connection = connection
        if self.is_open:
            self._thread = threading.Thread(target=self._read, args=(response,), daemon=True)
            self._thread.start()
        else:
            connection.close()
        return self

    def cut(self) -> None:
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        if self._thread:
            self._thread.join(10)
        if self._connection:
            self._connection.close()

    def _read(self, response: http.client.HTTPResponse) -> None:
        with suppress(OSError, ValueError, http.client.HTTPException, AttributeError):
            for event in self._parser.events(iter(response.readline, b"")):
                self._dispatch(event)
        self.is_open = False
        self._notify()

    def _dispatch(self, event: ServerSentEvent) -> None:
        content = json.loads(event.data)
        if event.event == "stream":
            self.control.append(content)
            self._notify()
        else:
            self._take(Received(int(event.last_event_id), content["type"], content["payload"]))


class SocketWatcher(Watcher):
    """A legacy client: messages without numbers, so it counts them from where it began."""

    def __init__(
        self,
        api: Api,
        path: str,
        on_message: Callable[[Received], None] | None = None,
        origin: str | None = None,
    ) -> None:
        super().__init__(on_message)
        self._api, self._path = api, path
        self._stack = ExitStack()
        self._origin = Origin(origin) if origin else None
        self.cursor: int | None = None
        self.close_code: int | None = None
        self.close_reason: str | None = None
        self.replies: list[dict[str, Any]] = []

    def open(self, last_event_id: int | None = None) -> "SocketWatcher":
        self.cursor = last_event_id
        query = "" if last_event_id is None else f"?last_event_id={last_event_id}"
        address = self._api.base_url.replace("http", "ws", 1) + self._path + query
        headers = {"Cookie": f"sessionid={self._api.cookie}"}
        connecting = connect(address, additional_headers=headers, origin=self._origin)
        self._client = self._stack.enter_context(connecting)
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()
        return self

    def send(self, message: object) -> None:
        self._client.send(message if isinstance(message, str) else json.dumps(message))

    def cut(self) -> None:
        with suppress(OSError):
            self._client.socket.shutdown(socket.SHUT_RDWR)
        self._thread.join(10)
        self._stack.close()

    def _read(self) -> None:
        try:
            while True:
                self._dispatch(json.loads(self._client.recv()))
        except ConnectionClosed as closed:
            said = closed.rcvd
            self.close_code = said.code if said else 1006
            self.close_reason = said.reason if said else None
            self._notify()

    def _dispatch(self, message: dict[str, Any]) -> None:
        if message["type"] in ("ready_confirmation", "error"):
            self.replies.append(message)
            self._notify()
            return
        self.cursor = 0 if self.cursor is None else self.cursor + 1
        self._take(Received(self.cursor, message["type"], message["payload"]))


class PollWatcher(Watcher):
    """The guide's fallback: asks again and again what came after the last number."""

    def __init__(self, api: Api, challenge_id: int) -> None:
        super().__init__()
        self._api, self._path = api, f"{CHALLENGES}{challenge_id}/events/"
        self.cursor = 0
        self.was_reset = False

    def poll(self) -> bool:
        """Ask once; return whether everything so far is here."""
        page = self._api.get(f"{self._path}?after={self.cursor}").body
        self.was_reset = self.was_reset or page["reset"]
        for event in page["events"]:
            self.cursor = event["id"]
            self._take(Received(event["id"], event["type"], event["payload"]))
        return bool(self.cursor == page["head"])
