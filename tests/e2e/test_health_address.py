"""Health checks at an address of their own, of real workers: patched, many, replaced."""

import json
import urllib.error
import urllib.request
from typing import Any

from cluster.process import free_port
from tests.support.servers import MakeServer


def ask(port: int, path: str) -> tuple[int, dict[str, Any]]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, json.load(refused)


def test_it_answers_for_each_worker_in_turn_and_while_they_are_replaced(
    make_server: MakeServer,
) -> None:
    port = free_port()
    with make_server(
        HEALTH_ADDRESS=f"127.0.0.1:{port}", LAME_DUCK_SECONDS="0.5", DRAIN_SECONDS="0.1"
    ) as server:
        assert ask(port, "/livez") == (200, {"status": "ok"})
        assert ask(port, "/readyz")[1]["handover"] == "ok"
        assert ask(port, "/api/v1/users/me/")[0] == 404
        server.reload()  # the new worker listens beside the old one, at the same address
        assert ask(port, "/readyz")[1]["status"] == "ok"
        assert "Traceback" not in server.log
