"""Reads streams as they are written, without taking them apart: text, and how it ended."""

import threading
from collections.abc import Callable
from contextlib import ExitStack, closing, suppress
from http.client import HTTPConnection, HTTPException
from socket import SHUT_RDWR
from urllib.parse import urlsplit

from qader_client.rest import Api
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from cluster.waiting import wait_until

_TIMEOUT_SECONDS = 30


class SseRecording:
    """The body of one stream of Server-Sent Events."""

    def __init__(self, api: Api, path: str, last_event_id: str = "") -> None:
        self._connection = HTTPConnection(urlsplit(api.base_url).netloc, timeout=_TIMEOUT_SECONDS)
        headers = {"Cookie": f"sessionid={api.cookie}"}
        if last_event_id:
            headers["Last-Event-ID"] = last_event_id
        self._connection.connect()
        self._socket = self._connection.sock
        self._connection.request("GET", path, headers=headers)
        self._response = self._connection.getresponse()
        self.status = self._response.status
        self.text = ""
        self.is_ended = False
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def messages(self) -> list[str]:
        lines = self.text.splitlines()
        return [line[6:] for line in lines if line.startswith('data: {"type"')]

    def wait_until_ended(self) -> None:
        self._reader.join(_TIMEOUT_SECONDS)
        self.close()

    def close(self) -> None:
        with suppress(OSError):  # it has ended
            self._socket.shutdown(SHUT_RDWR)  # the reader notices it
        self._reader.join(_TIMEOUT_SECONDS)
        self._response.close()
        self._connection.close()

    def _read(self) -> None:
        received = b""
        with suppress(OSError, HTTPException):  # this end has closed it
            while data := self._response.read1(64 * 1024):
                received += data
                self.text = received.decode(errors="ignore")  # a letter may be half received
            self.is_ended = True


class SocketRecording:
    """The text frames of one WebSocket."""

    def __init__(self, api: Api, path: str) -> None:
        address = f"ws://{urlsplit(api.base_url).netloc}{path}"
        cookie = {"Cookie": f"sessionid={api.cookie}"}
        opening = connect(address, additional_headers=cookie, compression=None)
        self._open = ExitStack()
        self._socket = self._open.enter_context(opening)
        self.frames: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def messages(self) -> list[str]:
        return [frame for frame in self.frames if not _is_reply(frame)]

    def replies(self) -> list[str]:
        """Return what answered the messages of this client."""
        return [frame for frame in self.frames if _is_reply(frame)]

    def ask(self, text: str) -> None:
        """Send a message, and wait for the answer to it."""
        before = len(self.replies())
        self._socket.send(text)
        wait_until(lambda: len(self.replies()) > before, _TIMEOUT_SECONDS)

    def close(self) -> None:
        self._open.close()
        self._reader.join(_TIMEOUT_SECONDS)

    def _read(self) -> None:
        try:
            for frame in self._socket:
                self.frames.append(str(frame))
        except ConnectionClosed:
            pass


Recording = SseRecording | SocketRecording


def get(api: Api, path: str) -> str:
    """Return the body of an answer as it was written."""
    connection = HTTPConnection(urlsplit(api.base_url).netloc, timeout=_TIMEOUT_SECONDS)
    with closing(connection):
        connection.request("GET", path, headers={"Cookie": f"sessionid={api.cookie}"})
        with connection.getresponse() as answer:
            return answer.read().decode()


def wait_for(count: int, *recordings: Recording) -> None:
    """Wait until each of them has this many messages."""
    for recording in recordings:
        wait_until(_has(recording, count), _TIMEOUT_SECONDS)


def _has(recording: Recording, count: int) -> Callable[[], bool]:
    return lambda: len(recording.messages()) >= count


def _is_reply(frame: str) -> bool:
    return frame.startswith(('{"type":"ready_confirmation"', '{"type":"error"'))
