"""sse-starlette under uvicorn, with uvloop and httptools: the fastest setup of asyncio."""

from pathlib import Path

from bench.peers.peer import Peer, python_peer, python_versions


class Starlette(Peer):
    name = "starlette"

    def _command(self) -> list[str | Path]:
        where = ["--host", "127.0.0.1", "--port", str(self.port), "--backlog", "4096"]
        fast = ["--loop", "uvloop", "--http", "httptools", "--ws", "none"]
        quiet = ["--no-access-log", "--log-level", "warning"]
        stops_at_once = ["--timeout-graceful-shutdown", "1"]
        return [python_peer("uvicorn"), "app:app", *where, *fast, *quiet, *stops_at_once]

    def _installed_version(self) -> str:
        return python_versions("sse-starlette", "starlette", "uvicorn", "uvloop", "redis")
