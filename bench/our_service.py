"""Our own service as the load client sees it: one gunicorn worker, which gets events from Redis.

The messages are published as another worker would announce them, but they are not committed: the
event log stays empty. A worker that looks at the log finds heads behind what its streams have
received, as after a failover that lost commits, and has them begin again; so it does not look while
it is measured. Nor does it tell the two of a duel who is online: these events would be committed,
with numbers that are published here as well. A stream that fell behind by more than the recent events of its topic would lose
messages, and they would be counted.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

from bench import accounts
from bench.accounts import Account
from bench.contender import CODE, MARK, MESSAGE_BYTES, SEQ, Contender
from cluster.node import Node
from cluster.process import temporary_folder
from cluster.redis_server import RedisServer
from qader_sse import create_app
from qader_sse.config import Settings
from qader_sse.domain.challenge import Attempt, Challenge, Player
from qader_sse.domain.challenge_types import CHALLENGE_TYPES
from qader_sse.domain.events import Event, challenge_topic, user_topic
from qader_sse.domain.facts import attempt_fact
from qader_sse.extensions import db
from qader_sse.realtime.bus.announcements import Announcement
from qader_sse.realtime.bus.partitions import channel
from qader_sse.realtime.bus.signatures import Signer
from qader_sse.service import Service
from qader_sse.store import challenge_rows

Transport = Literal["sse", "websocket"]

_KEY = "the-key-of-a-benchmark"
_KIND = "accuracy_challenge"
# The sequence number of an announcement while it is encoded; SEQ then replaces these digits.
_PLACEHOLDER = 10**15
_HANDSHAKE = (
    "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n"
)


class Ours(Contender):
    """Our service. Several topics are challenges; one topic is one person's notifications."""

    publishing = "redis"
    signing_key = Signer(_KEY).key

    def __init__(
        self,
        redis: RedisServer,
        topics: int = 1000,
        viewers_per_topic: int = 2,
        transport: Transport = "sse",
    ) -> None:
        if topics > 1 and viewers_per_topic != 2:
            raise ValueError("a challenge has two participants")
        self.name = "ours" if transport == "sse" else "ours, WebSocket"
        self.version = "this version"
        self._transport, self._topics = transport, topics
        self._folder = temporary_folder(self, "qader-bench-")
        self._environ = {
            "DATABASE_URL": f"sqlite:///{self._folder}/qader.sqlite3",
            "REDIS_URL": redis.url,
            "SECRET_KEY": _KEY,
            "MAX_STREAMS": "15000",
            "CATCH_UP_SECONDS": "3600",
            "PRESENCE_SECONDS": "3600",
            **dict.fromkeys(("PRESENCE_SETTLE_SECONDS", "SEEKER_AWAY_SECONDS"), "7200"),
            "PASSWORD_HASH_METHOD": "pbkdf2:sha256:1",
        }
        self._node = Node("service", self._folder, self._environ, workers=1)
        self._ids: list[int] = []  # of the challenges, or of the one person
        self._cookies: list[str] = []

    @property
    def port(self) -> int:  # type: ignore[override]  # here it is the node's
        return self._node.port

    @property
    def pids(self) -> list[int]:
        return self._node.worker_pids

    def start(self) -> None:
        if not self._ids:
            self._prepare()
        self._node.start()

    def stop(self) -> None:
        self._node.stop()

    def request(self, topic: int, viewer: int) -> bytes:
        # With the cursor 0, because a stream without a cursor begins with a snapshot.
        name = self._ids[topic] if self._topics > 1 else "notifications"
        prefix, headers = ("ws", _HANDSHAKE) if self._transport == "websocket" else ("sse", "")
        cookie = self._cookies[2 * topic + viewer if self._topics > 1 else 0]
        return (
            f"GET /{prefix}/challenges/{name}/?last_event_id=0 HTTP/1.1\r\n"
            f"Host: localhost\r\nCookie: sessionid={cookie}\r\n{headers}\r\n"
        ).encode()

    def target(self, topic: int) -> str:
        namespace = hashlib.blake2s(_KEY.encode(), digest_size=8).hexdigest()
        return channel(namespace, Announcement("", self._topic(topic), ()).partition)

    def template(self, topic: int) -> bytes:
        """Return the announcement of a `participant.update`, padded to about MESSAGE_BYTES."""
        me = Player(1, "player", MARK.decode(), "preferred", "grade")
        fact = dict(attempt_fact(Attempt(1, me), is_playing=True))
        announced = Announcement("", "", (Event("", _PLACEHOLDER, "participant.update", fact),))
        padding = "x" * max(0, MESSAGE_BYTES - len(announced.encode()))
        me = Player(1, "player", MARK.decode(), "preferred", "grade", padding)
        fact = dict(attempt_fact(Attempt(1, me), is_playing=True))
        event = Event(self._topic(topic), _PLACEHOLDER, "participant.update", fact)
        data = Announcement("another-worker", event.topic, (event,)).encode()
        return CODE + b"." + data.replace(str(_PLACEHOLDER).encode(), SEQ)

    def _topic(self, topic: int) -> str:
        number = self._ids[topic]
        return challenge_topic(number) if self._topics > 1 else user_topic(number)

    def _prepare(self) -> None:
        """Write accounts and challenges as the service does, without a request for each."""
        self._node.flask("set-up")
        # Without Redis, so that nothing which this app writes is announced to the worker.
        app = create_app(Settings.from_env(self._environ | {"REDIS_URL": ""}))
        service: Service = app.extensions["qader_sse"]
        count = 2 * self._topics if self._topics > 1 else 1
        people = accounts.create(app, [f"player{number}" for number in range(count)])
        self._cookies = [account.cookie for account in people]
        self._ids = _challenges(service, people) if self._topics > 1 else [people[0].id]
        with app.app_context():
            db.engine.dispose()


def _challenges(service: Service, people: Sequence[Account]) -> list[int]:
    """Write a challenge for each pair of accounts; it has no events, so messages count from 1."""
    now = service.clock()
    pairs = list(zip(people[::2], people[1::2], strict=True))
    with service.database.transaction() as tx:
        return [
            challenge_rows.insert_new(tx.connection, _challenge(pair, now)).id for pair in pairs
        ]


def _challenge(pair: tuple[Account, Account], now: datetime) -> Challenge:
    return Challenge(
        id=0,
        kind=CHALLENGE_TYPES[_KIND],
        status="accepted",
        attempts=tuple(Attempt(0, Player(p.id, p.name, p.name)) for p in pair),
        questions=(),
        answers=(),
        created_at=now,
        due_at=now + timedelta(days=1),
    )
