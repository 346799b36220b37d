"""What one client program reported: lines of JSON on its standard output.

    {"opened": true}
    {"message": {"type": …, "payload": …}, "id": …}      without an id: a WebSocket
    {"message": "the same as text, where the program does not parse it", "id": …}
    {"closed": 4001, "reason": …}                        a WebSocket
    {"refused": 401}                                     a client that ends at this status
    {"error": …}                                         anything else that its user would see

Programs that run in one browser share a process, and add `"client"`.
"""

import json
import time
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Message:
    """What a client received, its id where it has one, and when by `time.monotonic`."""

    content: dict[str, Any]
    id: str | None
    at: float

    @property
    def type(self) -> str:
        return str(self.content["type"])


@dataclass(slots=True)
class Record:
    messages: list[Message] = field(default_factory=list)
    # Events without data, and events of the transport: neither should reach an `onmessage`.
    empty: int = 0
    control: int = 0
    opened: int = 0
    closed: list[int] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def take(self, said: dict[str, Any]) -> None:
        if "message" in said:
            self._take_message(said["message"], said.get("id"))
        elif "closed" in said:
            self.closed.append(said["closed"])
        elif "opened" in said:
            self.opened += 1
        else:
            self.errors.append(str(said.get("refused", said.get("error"))))

    def _take_message(self, message: Any, message_id: str | None) -> None:
        content = json.loads(message) if isinstance(message, str) and message else message
        if not content:
            self.empty += 1
        elif "type" in content:
            self.messages.append(Message(content, message_id, time.monotonic()))
        else:
            self.control += 1

    @property
    def is_over(self) -> bool:
        """Whether the last message of a duel has arrived."""
        return any(message.type == "challenge.end" for message in self.messages)

    def shows(self, code: int) -> bool:
        """Whether the program was shown this status or close code."""
        return code in self.closed or any(str(code) in error for error in self.errors)
