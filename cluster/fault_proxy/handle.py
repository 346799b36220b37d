"""Starts the fault proxy and commands it, from tests and from `chaos`."""

import json
import subprocess
import sys
import threading
from typing import Any, Literal

from cluster.process import ROOT, free_port
from cluster.server import Server


class FaultProxy(Server):
    """A port of 127.0.0.1 from which connections are forwarded to `target_port`.

    Each fault replaces the one before, and holds when the method returns. `set_fault` takes every
    fault that `cluster.fault_proxy.__main__` describes, with its options.
    """

    def __init__(self, target_port: int, port: int | None = None) -> None:
        self.port = port or free_port()
        self._target_port = target_port
        self._process: subprocess.Popen[bytes] | None = None
        self._one_at_a_time = threading.Lock()

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        program = [sys.executable, "-m", "cluster.fault_proxy"]
        self._process = subprocess.Popen(
            [*program, str(self._target_port), str(self.port)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            process_group=0,  # Ctrl-C reaches the parent only, which stops its servers in order
        )
        self._read_state()

    def stop(self) -> None:
        if self._process is not None:
            self._process.communicate(timeout=30)  # the program ends with its input
            self._process = None

    def set_fault(self, name: str, **options: object) -> None:
        self._command("set", name=name, **options)

    def pass_through(self) -> None:
        """Forward at once; what a partition held back goes on its way now."""
        self.set_fault("pass")

    def partition(self) -> None:
        """Be silent as a network that drops packets: nothing goes in either direction.

        Connections stay open, new ones seem to work. Nothing is lost: TCP would send it again.
        """
        self.set_fault("partition")

    def refuse(self) -> None:
        """Reset every connection and listen no more, as a machine whose server has ended."""
        self.set_fault("refuse")

    def delay(self, low_ms: float, high_ms: float) -> None:
        """Delay each chunk by a random number of milliseconds in this range; the order stays."""
        self.set_fault("delay", low_ms=low_ms, high_ms=high_ms)

    def reset(self, only: Literal["streams"] | None = None) -> None:
        """Reset every open connection, or every event stream, once; the fault stays."""
        self._command("reset", only=only)

    def forward_to(self, target_port: int) -> None:
        """Forward to another port from now on, as an address that moves to another server."""
        self._command("target", target_port=target_port)

    @property
    def counts(self) -> dict[str, int]:
        """How many connections each fault has affected so far."""
        found: dict[str, int] = self._command("state")["counts"]
        return found

    @property
    def open_streams(self) -> int:
        return int(self._command("state")["open_streams"])

    def _command(self, command: str, **options: object) -> dict[str, Any]:
        if self._process is None or self._process.stdin is None:
            raise RuntimeError("the proxy is not running")
        with self._one_at_a_time:
            line = json.dumps({"command": command, **options})
            self._process.stdin.write(f"{line}\n".encode())
            self._process.stdin.flush()
            return self._read_state()

    def _read_state(self) -> dict[str, Any]:
        line = self._process.stdout.readline() if self._process and self._process.stdout else b""
        if not line:
            raise RuntimeError("the proxy has ended; the reason is on its standard error")
        state: dict[str, Any] = json.loads(line)
        if "error" in state:
            raise ValueError(state["error"])
        return state
