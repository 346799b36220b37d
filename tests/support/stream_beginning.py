"""What a stream of several topics writes first."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask.testing import FlaskClient
from qader_client.sse import Parser, ServerSentEvent

STREAM = "/sse/stream/"
NOT_FOUND = "Duel not found. Your own duels are listed under /challenges/."
NOT_YOURS = "Only the two players may follow this duel."


class StreamBeginning:
    """What a stream sends before it waits: the bytes, and the events in them."""

    def __init__(self, received: bytes) -> None:
        self.received = received
        self._parser = Parser()
        self.events = list(self._parser.feed(received))
        self.last_event_id = self._parser.last_event_id

    @property
    def said(self) -> list[dict[str, Any]]:
        return [json.loads(event.data) for event in self.events if event.event == "stream"]

    @property
    def messages(self) -> list[ServerSentEvent]:
        return [event for event in self.events if event.event != "stream"]


@contextmanager
def begun(
    client: FlaskClient, query: str, pieces: int = 2, last: str = ""
) -> Iterator[StreamBeginning]:
    """Open a stream and read its first pieces: the control messages, then the messages missed."""
    response = client.get(f"{STREAM}?{query}", headers={"Last-Event-ID": last})
    assert response.status_code == 200, response.json
    assert response.mimetype == "text/event-stream"
    chunks = iter(response.response)
    try:
        yield StreamBeginning(b"".join(bytes(next(chunks)) for _ in range(pieces)))  # type: ignore[arg-type]  # bytes here
    finally:
        response.close()


def opened(topic: str, mode: str, after: int, head: int) -> dict[str, object]:
    return {"topic": topic, "state": "open", "mode": mode, "after": after, "head": head}


def single(client: FlaskClient, path: str, cursor: int | None) -> list[str]:
    """Return the data lines that a stream of this topic alone begins with."""
    query = "" if cursor is None else f"?last_event_id={cursor}"
    response = client.get(f"/sse/{path}/{query}")
    chunks = iter(response.response)
    next(chunks)
    lines = bytes(next(chunks)).decode().splitlines()  # type: ignore[arg-type]  # bytes here
    response.close()
    return [line.removeprefix("data: ") for line in lines if line.startswith("data: ")]
