"""Examples for the documents, recorded from a duel by `make documents`."""

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

EXAMPLES = Path(__file__).with_name("examples.json")


@lru_cache(maxsize=1)
def recorded() -> dict[str, Any]:
    """Return `operations` (by operationId: `body`, `status`, `answer`), `messages` (by type) and
    `controls`: what transports say of themselves, by the name of its schema.
    """
    found: dict[str, Any] = json.loads(EXAMPLES.read_text())
    return found


def add(operation: dict[str, Any]) -> None:
    """Show the recorded call of an operation as the example of its body and of its answer."""
    example = recorded()["operations"].get(operation["operationId"])
    if example is None:
        return
    if "body" in example:
        content = operation["requestBody"]["content"]["application/json"]
        content["example"] = example["body"]
    if example["answer"]:
        content = operation["responses"][example["status"]]["content"]["application/json"]
        content["example"] = example["answer"]
