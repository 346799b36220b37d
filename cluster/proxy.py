"""A TCP proxy that can be a bad network: the handle of `python -m cluster.forwarder`.

That is a process of its own, because a thread would have to share asyncio with a program that
gevent may have patched.
"""

import subprocess
import sys
import threading

from cluster.process import ROOT, free_port
from cluster.server import Server

_DONE = b"done\n"


class TcpProxy(Server):
    """A port of 127.0.0.1 from which connections are forwarded to `target_port`.

    Each of `pass_through`, `partition`, `refuse` and `jitter` replaces the state before, and
    holds when it returns.
    """

    def __init__(self, target_port: int, port: int | None = None) -> None:
        self.port = port or free_port()
        self._target_port = target_port
        self._process: subprocess.Popen[bytes] | None = None
        self._one_at_a_time = threading.Lock()

    def start(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "cluster.forwarder", str(self.port), str(self._target_port)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            process_group=0,  # as for every server: Ctrl-C is for who started it
        )
        self.pass_through()

    def stop(self) -> None:
        if self._process is not None:
            self._process.communicate(timeout=30)  # the end of its input is its end
            self._process = None

    def pass_through(self) -> None:
        """Forward at once; what a partition held back goes on its way now."""
        self._command("pass")

    def partition(self) -> None:
        """Be silent as a network that drops packets: nothing goes in either direction.

        Connections stay open, new ones seem to work. Nothing is lost: TCP would send it again.
        """
        self._command("partition")

    def refuse(self) -> None:
        """Reset every connection and listen no more, as a machine whose server has ended."""
        self._command("refuse")

    def jitter(self, low_ms: float, high_ms: float) -> None:
        """Delay each chunk by a random time in this range; the order stays."""
        self._command(f"jitter {low_ms} {high_ms}")

    def cut(self) -> None:
        """Reset every connection there is, once; new ones are welcome."""
        self._command("cut")

    def _command(self, line: str) -> None:
        if self._process is None or not self._process.stdin or not self._process.stdout:
            raise RuntimeError("the proxy is not running")
        with self._one_at_a_time:
            self._process.stdin.write(f"{line}\n".encode())
            self._process.stdin.flush()
            if self._process.stdout.readline() != _DONE:
                raise RuntimeError(f"the proxy did not do {line!r}; its words are on stderr")
