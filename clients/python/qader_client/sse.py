"""Parses `text/event-stream`, without sockets. Unlike in browsers, unknown fields are errors."""

from codecs import BOM_UTF8
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ServerSentEvent:
    """A dispatched event; `event` is "message" where the stream names none."""

    event: str
    data: str
    last_event_id: str


class NotAnEventStream(ValueError):
    """A line has a field, or a `retry`, that browsers would silently ignore."""


class Parser:
    """Turns the bytes of one connection after another into events.

    What outlives a connection is public: the last event ID and the reconnection time.
    """

    def __init__(self, last_event_id: str = "") -> None:
        self.last_event_id = last_event_id
        self.retry_ms: int | None = None
        self.begin_connection()

    def begin_connection(self) -> None:
        """Drop the event that the last connection left incomplete."""
        self._rest = b""
        self._is_first_line, self._ended_with_cr = True, False
        self._data: list[str] = []
        self._event, self._id = "", self.last_event_id

    def feed(self, data: bytes) -> Iterator[ServerSentEvent]:
        """Yield the events that these bytes complete; the bytes may be cut anywhere."""
        for line in self._lines(data):
            event = self._take_line(line.decode())
            if event is not None:
                yield event

    def _lines(self, data: bytes) -> list[bytes]:
        """Return the lines that these bytes complete; they end with CR LF, LF or CR.

        A CR ends its line at once, since nothing may follow for a long time. So an LF that comes
        as the next byte belongs to a line that has been returned already.
        """
        if not data:
            return []
        text = self._rest + (data.removeprefix(b"\n") if self._ended_with_cr else data)
        self._ended_with_cr = data.endswith(b"\r")
        lines = text.splitlines()
        self._rest = lines.pop() if lines and not text.endswith((b"\n", b"\r")) else b""
        if lines and self._is_first_line:
            lines[0] = lines[0].removeprefix(BOM_UTF8)
            self._is_first_line = False
        return lines

    def _take_line(self, line: str) -> ServerSentEvent | None:
        if line == "":
            return self._dispatch()
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        match name:
            case "":
                pass  # a comment
            case "event":
                self._event = value
            case "data":
                self._data.append(value)
            case "id":
                self._id = value
            case "retry" if value.isascii() and value.isdigit():
                self.retry_ms = int(value)
            case _:
                raise NotAnEventStream(f"unknown field: {line[:100]!r}")
        return None

    def _dispatch(self) -> ServerSentEvent | None:
        self.last_event_id = self._id
        event, data = self._event or "message", self._data
        self._event, self._data = "", []
        return ServerSentEvent(event, "\n".join(data), self._id) if data else None
