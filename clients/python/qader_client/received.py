"""The messages that a client has received so far, and waiting for more."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Received:
    """One message and its number in the topic."""

    id: int
    type: str
    payload: Any


class Watcher:
    """Collects numbered messages in the order they came; `on_message` is called with each."""

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
        """The messages as they were sent, with their numbers, as the checks in `conformance` take them."""
        return [(m.id, {"type": m.type, "payload": m.payload}) for m in self.messages]

    def wait_until(self, condition: Callable[[], object], timeout: float = 20) -> None:
        """Wait until the condition holds; it is checked after every message."""
        with self._changed:
            if not self._changed.wait_for(condition, timeout):
                raise TimeoutError(f"{condition} did not come true; received {self.types}")

    def wait_for(self, message_type: str, timeout: float = 20) -> Received:
        self.wait_until(lambda: message_type in self.types, timeout)
        return next(m for m in reversed(self.messages) if m.type == message_type)

    def cut(self) -> None:
        """Break the connection at once, as a lost network does; a poller has none to break."""

    def _take(self, message: Received) -> None:
        with self._changed:
            self.messages.append(message)
            self._changed.notify_all()
        if self._on_message:
            self._on_message(message)

    def _notify(self) -> None:
        with self._changed:
            self._changed.notify_all()
