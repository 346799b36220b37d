"""Comes through the public address, as a browser does: TLS, requests, the session of the canary."""

import json
import socket
import ssl
import time
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPSConnection
from typing import Any

from qader_sse.doctor.path.address import Address, parse
from qader_sse.doctor.path.event_stream import EventStream
from qader_sse.doctor.path.web_socket import WebSocket
from qader_sse.service import Service
from qader_sse.store.errors import StoreUnavailable

TIMEOUT_SECONDS = 10
CALL = "/canary/"
NOTIFICATIONS = "challenges/notifications/"


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a request, and by which port of this machine it was sent."""

    status: int
    headers: dict[str, str]  # by names in small letters
    body: bytes
    own_port: int
    answered_at: float  # of time.monotonic

    @property
    def content(self) -> Any:
        """The body, if it is JSON, else None."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None


class Visitor:
    """Signs the canary in when it is first needed, and out when it leaves."""

    def __init__(self, url: str, service: Service, cookie_of: Callable[[str], str]) -> None:
        self.address: Address = parse(url)
        self.stream: EventStream | None = None
        self.socket: WebSocket | None = None
        self.is_degraded = False
        # How the service saw the last call, and by which port of this machine it was sent.
        self.arrival: dict[str, Any] = {}
        self.own_port = 0
        self._service, self._cookie_of = service, cookie_of
        self._session_id = self._cookie = ""
        self._context = ssl.create_default_context()

    def trust_any_certificate(self) -> None:
        """Go on with a certificate that browsers refuse, to see what else is wrong."""
        self._context.check_hostname = False
        self._context.verify_mode = ssl.CERT_NONE

    def sign_in(self) -> None:
        """Open a session, and end the one before, with its streams. Raises StoreUnavailable."""
        self.sign_out()
        opened = self._service.canaries.sign_in(self._service.clock())
        self._session_id, self._cookie = opened.id, self._cookie_of(opened.token)

    def sign_out(self) -> None:
        """End the session, if one is open. Raises StoreUnavailable."""
        if self._session_id:
            self._service.canaries.sign_out(self._session_id, self._service.clock())
            self._session_id = self._cookie = ""

    def leave(self) -> None:
        for opened in (self.stream, self.socket):
            if opened is not None:
                opened.close()
        with suppress(StoreUnavailable):
            self.sign_out()

    def connect(self) -> HTTPConnection:
        """Connect by TCP and, with https, by TLS. Raises OSError."""
        host, port = self.address.host, self.address.port
        if self.address.is_https:
            connection: HTTPConnection = HTTPSConnection(
                host, port, timeout=TIMEOUT_SECONDS, context=self._context
            )
        else:
            connection = HTTPConnection(host, port, timeout=TIMEOUT_SECONDS)
        connection.connect()
        return connection

    def get(self, path: str) -> Answer:
        """Ask for what needs no session, on a connection of its own. Raises OSError."""
        with closing(self.connect()) as connection:
            return self._ask(connection, "GET", path, {})

    def call(self, connection: HTTPConnection, *, as_page: bool = True) -> Answer:
        """Have an event come on the canary's streams, as a page of the service, or as a program."""
        page = {"Origin": self.address.origin} if as_page else {}
        answer = self._ask(connection, "POST", CALL, {"Last-Event-ID": "0"} | self.own | page)
        if answer.status == 200 and isinstance(answer.content, dict):
            self.arrival, self.own_port = answer.content, answer.own_port
        return answer

    def ring(self) -> tuple[int, float]:
        """Call on a new connection; return the event's number and when the answer came."""
        with closing(self.connect()) as connection:
            answer = self.call(connection, as_page=False)
        return int(answer.content["event_id"]), answer.answered_at

    def open_stream(self, after: int, accept_encoding: str = "gzip") -> EventStream:
        """Open a stream, in place of the one before, that resumes after an event. Raises OSError."""
        if self.stream is not None:
            self.stream.close()
        headers = {"Accept": "text/event-stream", "Accept-Encoding": accept_encoding}
        headers["Last-Event-ID"] = str(after)
        path = f"{self.address.prefix}/sse/{NOTIFICATIONS}"
        self.stream = EventStream(self.connect(), path, self._host | self.own | headers)
        return self.stream

    def open_socket(self) -> WebSocket:
        """Open a WebSocket, as a page of the service. Raises OSError."""
        headers = self.own | {"Origin": self.address.origin}
        path = f"{self.address.prefix}/ws/{NOTIFICATIONS}?ids=1"
        self.socket = WebSocket(self._socket(), self.address.netloc, path, headers)
        return self.socket

    @property
    def own(self) -> dict[str, str]:
        return {"Cookie": self._cookie}

    @property
    def _host(self) -> dict[str, str]:
        return {"Host": self.address.netloc}

    def _socket(self) -> socket.socket:
        connected: socket.socket = self.connect().sock
        return connected

    def _ask(
        self, connection: HTTPConnection, method: str, path: str, headers: dict[str, str]
    ) -> Answer:
        if connection.sock is None:
            connection.connect()  # whoever answered last has closed it
        own_port: int = connection.sock.getsockname()[1]
        connection.request(method, self.address.prefix + path, headers=self._host | headers)
        response = connection.getresponse()
        found = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, found, response.read(), own_port, time.monotonic())
