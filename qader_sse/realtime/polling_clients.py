"""Clients that poll, noted as streams: from their first page until they have asked for no other."""

import time
from dataclasses import dataclass

from qader_sse.domain.stream_notes import POLLING, Look
from qader_sse.realtime.noted_streams import Start
from qader_sse.realtime.stream_notes import StreamNotes
from qader_sse.slices import slices

# Whoever has not polled for this long has stopped, or goes on at another worker.
_IDLE_SECONDS = 15.0
_MAX_CLIENTS = 10_000
_CLIENTS_AT_ONCE = 100  # looked at before other greenlets run


@dataclass(slots=True)
class _Client:
    """One browser's polling of one topic: a `NotedClient`."""

    number: int
    user_id: int
    session_id: str
    request_id: str  # of its first page
    transport: str = POLLING
    noted: int = 0  # up to where `StreamNotes` last noted it
    sent: int = 0  # the last number in its pages
    frames: int = 0
    acknowledged: int | None = None
    has_resumed: bool = False
    polled_at: float = 0.0  # of time.monotonic


class PollingClients:
    """The clients of one worker that poll, each with one topic."""

    def __init__(self, notes: StreamNotes) -> None:
        self._notes = notes
        self._clients: dict[tuple[str, str], _Client] = {}

    @property
    def are_there(self) -> bool:
        return bool(self._clients)

    def polled(self, user_id: int, session_id: str, start: Start, request_id: str = "") -> None:
        """Note a page. After a reset, what follows is noted as another stream."""
        key = (session_id, start.topic)
        client = self._clients.get(key)
        if client is not None and start.mode == "reset" and client.has_resumed:
            self._end(key, client, "reset")
            client = None
        if client is None:
            client = self._begin(key, user_id, start, request_id)
        if client is None:
            return
        client.polled_at = time.monotonic()
        client.frames += len(start.frames)
        if start.mode == "resumed":
            client.has_resumed = True
            client.acknowledged = max(start.after, client.acknowledged or 0)
            client.sent = max(client.sent, start.after + len(start.frames))
        else:
            client.sent = start.head

    def look(self, look: Look) -> None:
        """Note which clients were sent something since the look before; end those that stopped."""
        give_up_at = time.monotonic() - _IDLE_SECONDS
        for some in slices(list(self._clients.items()), _CLIENTS_AT_ONCE):
            for key, client in some:
                if self._clients.get(key) is not client:
                    continue  # it has ended since
                if client.sent != client.noted:
                    look.moves.append((client.number, client.noted, client.sent))
                    client.noted = client.sent
                if client.polled_at < give_up_at:
                    self._end(key, client, "stopped_polling")

    def end_all(self) -> None:
        """Note that this worker ends."""
        for key, client in list(self._clients.items()):
            self._end(key, client, "draining")

    def _begin(
        self, key: tuple[str, str], user_id: int, start: Start, request_id: str
    ) -> _Client | None:
        number = self._notes.take_numbers(user_id) if len(self._clients) < _MAX_CLIENTS else 0
        if not number:
            return None
        session_id, _ = key
        client = self._clients[key] = _Client(number, user_id, session_id, request_id)
        # A first page that has something is a move, as a snapshot is.
        client.noted = client.sent = self._notes.begin(number, client, start)
        return client

    def _end(self, key: tuple[str, str], client: _Client, reason: str) -> None:
        del self._clients[key]
        self._notes.end(
            client.number,
            reason,
            frames=client.frames,
            written=client.sent,
            taken=client.sent,
            noted=client.noted,
            acknowledged=client.acknowledged,
        )
