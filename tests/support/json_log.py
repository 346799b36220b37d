"""What a server has logged as JSON, found by the id of a request."""

import json
from typing import Any

from cluster.node import Node
from cluster.waiting import wait_until


def lines_of(server: Node, request_id: str, count: int) -> dict[str, dict[str, Any]]:
    """Return the lines of a request, by their messages, once there are so many."""

    def found() -> list[dict[str, Any]]:
        parsed = [json.loads(line) for line in server.log.splitlines(keepends=True) if "\n" in line]
        return [line for line in parsed if line.get("request_id") == request_id]

    wait_until(lambda: len(found()) >= count)
    return {line["message"]: line for line in found()}
