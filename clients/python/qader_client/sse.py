"""Reads `text/event-stream` as the HTML standard has browsers read it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ServerSentEvent:
    """A dispatched event; `event` is "message" where the stream names none."""

    event: str
    data: str
    last_event_id: str


class NotAnEventStream(ValueError):
    """The bytes break a rule that browsers would forgive in silence."""


class Parser:
    """Keeps what outlives a connection: the last event id and the reconnection time."""

    def __init__(self) -> None:
        self.last_event_id = ""
        self.retry_ms: int | None = None

    def events(self, lines: Iterable[bytes]) -> Iterator[ServerSentEvent]:
        """Yield the events of one connection. What is cut before its blank line is dropped."""
        data: list[str] = []
        event, last_event_id = "", self.last_event_id
        for raw in lines:
            if not raw.endswith(b"\n"):
                return  # perhaps in the middle of a character
            line = raw.decode().removesuffix("\n").removesuffix("\r")
            if line == "":
                self.last_event_id = last_event_id
                if data:
                    yield ServerSentEvent(event or "message", "\n".join(data), last_event_id)
                event, data = "", []
                continue
            name, _, value = line.partition(":")
            value = value.removeprefix(" ")
            match name:
                case "":
                    pass  # a comment
                case "event":
                    event = value
                case "data":
                    data.append(value)
                case "id":
                    last_event_id = value
                case "retry" if value.isdigit():
                    self.retry_ms = int(value)
                case _:
                    raise NotAnEventStream(f"unknown field: {line[:100]!r}")
