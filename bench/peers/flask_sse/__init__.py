"""flask-sse under gunicorn with gevent: one Redis subscription for each viewer."""

import signal
from contextlib import closing
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from bench.peers.peer import EVENT, Peer, children, message, python_peer, python_versions

# Each viewer is a connection to Redis, which by default accepts 10,000 only.
_SUBSCRIPTIONS = 15_000


class FlaskSse(Peer):
    name = "flask_sse"
    _stop_signal = signal.SIGQUIT  # ends at once; SIGTERM would wait for the streams

    def _command(self) -> list[str | Path]:
        where = ["--bind", f"127.0.0.1:{self.port}", "--backlog", "4096"]
        worker = ["--workers", "1", "--worker-class", "gevent", "--worker-connections", "20000"]
        # Without the control socket, which would be in the home folder and shared with other programs.
        quiet = ["--log-level", "warning", "--no-control-socket"]
        return [python_peer("gunicorn"), "app:app", *where, *worker, *quiet]

    def _installed_version(self) -> str:
        return python_versions("Flask-SSE", "Flask", "gunicorn", "gevent", "redis")

    def start(self) -> None:
        self.redis.ask("CONFIG", "SET", "maxclients", _SUBSCRIPTIONS)
        super().start()

    def _is_up(self) -> bool:
        """Whether the worker answers; the arbiter listens before it has one."""
        try:
            with closing(HTTPConnection("127.0.0.1", self.port, timeout=2)) as connection:
                connection.request("GET", "/")
                return connection.getresponse().status == 404
        except (OSError, HTTPException):
            return False

    @property
    def pids(self) -> list[int]:
        """The worker; the arbiter only waits."""
        return children(self.process.pid)

    def template(self, topic: int) -> bytes:
        return b'{"data":%s,"type":"%s"}' % (message(topic), EVENT.encode())

    def _path(self, topic: int) -> str:
        return f"/stream?channel={self.target(topic)}"
