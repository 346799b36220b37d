"""Health checks at an address of their own, of real workers: patched, many, replaced."""

import json
import signal
import urllib.error
import urllib.request
from typing import Any

from cluster.process import free_port
from cluster.waiting import wait_until
from tests.support.servers import MakeServer


def ask(port: int, path: str) -> tuple[int, dict[str, Any]]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, json.load(refused)


def test_each_worker_answers_for_itself_also_while_one_replaces_another(
    make_server: MakeServer,
) -> None:
    port = free_port()
    with make_server(HEALTH_ADDRESS=f"127.0.0.1:{port}", LAME_DUCK_SECONDS="10") as server:
        assert ask(port, "/livez") == (200, {"status": "ok"})
        assert ask(port, "/readyz")[1]["handover"] == "ok"
        assert ask(port, "/api/v1/users/me/")[0] == 404
        server.process.signal(signal.SIGHUP)
        # The old one, then also the new one, and still the old one: the kernel chooses.
        for status in ("draining", "ok", "draining"):
            wait_until(lambda status=status: ask(port, "/readyz")[1]["status"] == status)  # type: ignore[misc]
        assert "Traceback" not in server.log
        server.kill()  # it would drain
