"""Django Channels under Daphne, with channels_redis: WebSockets and groups, as in its tutorial."""

from pathlib import Path

from bench.peers.peer import Peer, get, python_peer, python_versions

# Any 16 bytes will do: the key protects from caching proxies, and there is none here.
_KEY = "AAAAAAAAAAAAAAAAAAAAAA=="


class Channels(Peer):
    name = "channels"
    # Above this rate its process is saturated, and its channel layer drops messages, although each
    # channel holds 1,000 of them here, ten times the default.
    max_per_second = 500.0

    _patterns_before = 0

    def _command(self) -> list[str | Path]:
        where = ["--bind", "127.0.0.1", "--port", str(self.port), "--verbosity", "0"]
        return [python_peer("daphne"), *where, "app:application"]

    def _installed_version(self) -> str:
        return python_versions("channels", "daphne", "channels_redis", "Django", "Twisted")

    def start(self) -> None:
        self._patterns_before = self._patterns()
        super().start()

    def _is_up(self) -> bool:
        """Whether it listens and its bridge is subscribed: Daphne listens before the bridge is."""
        return super()._is_up() and self._patterns() > self._patterns_before

    def _patterns(self) -> int:
        return int(str(self.redis.ask("PUBSUB", "NUMPAT")))

    def request(self, topic: int, viewer: int) -> bytes:
        return get(
            self._path(topic),
            "Connection: Upgrade",
            "Upgrade: websocket",
            "Sec-WebSocket-Version: 13",
            f"Sec-WebSocket-Key: {_KEY}",
        )
