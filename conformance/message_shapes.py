"""Checks the shape of every message that a stream may bring.

The types are those of `qader_sse.domain.messages`; none is defined a second time.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import TypeAdapter, ValidationError

from qader_sse.domain.messages import MESSAGE_TYPES

_ADAPTERS = {name: TypeAdapter[Any](known.payload) for name, known in MESSAGE_TYPES.items()}

Message = Mapping[str, Any]


def shape_problems(message: Message) -> Iterator[str]:
    """Yield what in a message has another shape than its type says."""
    if set(message) != {"type", "payload"}:
        yield f"the keys are {sorted(message)}"
    elif message["type"] not in _ADAPTERS:
        yield f"{message['type']} is no message type"
    else:
        adapter = _ADAPTERS[message["type"]]
        try:
            # An extra key, or a number sent as text, breaks the contract as much as a missing key.
            adapter.validate_python(message["payload"], strict=True, extra="forbid")
        except ValidationError as error:
            yield f"{message['type']}: {error.errors()}"
