"""The handle of `clients/js/tests/chaos-proxy.js`: a network that does wrong on demand."""

import json
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from cluster.process import ROOT, MissingProgram, Process, free_port, is_listening
from cluster.programs import on_path
from cluster.server import Server

_SCRIPT = ROOT / "clients" / "js" / "tests" / "chaos-proxy.js"


class BadNetwork(Server):
    """A port from which a browser reaches the service, well or not; the script tells the faults."""

    def __init__(self, target_port: int, folder: Path) -> None:
        found = on_path("node")
        if not found:
            raise MissingProgram("node is not installed: make servers")
        self.port, self._control = free_port(), free_port()
        ports = {"target": target_port, "listen": self.port, "control": self._control}
        options = [word for name, port in ports.items() for word in (f"--{name}", str(port))]
        self._process = Process("bad-network", [found[0], _SCRIPT, *options], folder)

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        self._process.start()
        self._process.wait_until_up(lambda: is_listening(self._control))

    def stop(self) -> None:
        self._process.stop()

    def do(self, fault: str, **options: Any) -> None:
        """Do this from now on, in place of what was done before."""
        self._talk(json.dumps({"fault": fault, **options}).encode())

    @property
    def counts(self) -> dict[str, int]:
        """How many connections each fault has met so far."""
        found: dict[str, int] = self._talk()["counts"]
        return found

    def _talk(self, body: bytes | None = None) -> dict[str, Any]:
        with urlopen(f"http://127.0.0.1:{self._control}/", body, timeout=10) as answer:  # our own
            said: dict[str, Any] = json.load(answer)
        return said
