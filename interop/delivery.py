"""What a client received of a duel, compared with what the service's log holds."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from conformance.sequence import compare
from interop.record import Record


@dataclass(frozen=True, slots=True)
class Delivery:
    expected: int
    lost: int
    doubled: int
    disordered: int
    # Snapshots after the first: a stream that could have resumed began from nothing instead.
    snapshots: int
    empty: int

    @property
    def is_whole(self) -> bool:
        """Whether every message arrived once, in order, and nothing else did."""
        faults = (self.lost, self.doubled, self.disordered, self.snapshots, self.empty)
        return not any(faults)

    def text(self) -> str:
        faults = {
            "lost": self.lost,
            "doubled": self.doubled,
            "out of order": self.disordered,
            "more snapshots": self.snapshots,
            "empty": self.empty,
        }
        said = [f"{count} {fault}" for fault, count in faults.items() if count]
        return ", ".join(said) or f"all {self.expected}"


def delivery(log: Sequence[Mapping[str, Any]], record: Record) -> Delivery:
    """Compare whole messages, content and all.

    A client that followed before anything happened begins with the challenge as it was created:
    as the first message of the log, or as a snapshot of it. Either counts as that message.
    """
    # Messages may repeat themselves, word for word: where the client has ids, they tell which is which.
    has_ids = any(message.id for message in record.messages)
    expected = [_key(message, str(message["id"]) if has_ids else None) for message in log]
    received = [_key(message.content, message.id) for message in record.messages]
    if record.messages and record.messages[0].type == "challenge.update":
        received[0] = expected[0]
    diff = compare(expected, received)
    snapshots = sum(
        position is None and message.type == "challenge.update"
        for position, message in zip(diff.positions, record.messages, strict=True)
    )
    return Delivery(
        expected=len(expected),
        lost=diff.lost,
        doubled=diff.doubled - snapshots,
        disordered=diff.disordered,
        snapshots=snapshots,
        empty=record.empty,
    )


def _key(content: Mapping[str, Any], message_id: str | None) -> tuple[str | None, str]:
    text = json.dumps({"type": content["type"], "payload": content["payload"]}, sort_keys=True)
    return message_id, text
