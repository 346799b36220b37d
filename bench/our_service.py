"""Our own service, as the load client sees it: one gunicorn worker, told of events by Redis.

Messages come as another worker would announce them, but nobody has committed them: the log
stays empty. So heads in the log are behind what streams have seen, which changes nothing for
them, and a stream that fell behind by more than the hub remembers would lose messages; it
would be counted.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

from flask import Flask
from flask.sessions import SecureCookieSessionInterface

from bench.contender import MARK, MESSAGE_BYTES, SEQ, Contender
from cluster.node import Node
from cluster.process import temporary_folder
from cluster.redis_server import RedisServer
from qader_sse import create_app
from qader_sse.config import Settings
from qader_sse.domain.challenge import Attempt, Challenge, Player
from qader_sse.domain.challenge_types import CHALLENGE_TYPES
from qader_sse.domain.events import Event, attempt_fact, challenge_topic, user_topic
from qader_sse.extensions import db
from qader_sse.realtime.bus.announcements import Announcement, channel
from qader_sse.service import Service
from qader_sse.store import accounts, challenges
from qader_sse.store.accounts import Profile

Transport = Literal["sse", "websocket"]

_KEY = "bench-key"
_KIND = "accuracy_challenge"
_PER_TRANSACTION = 1_000
# What stands in for a number until the message is written.
_NUMBER = 10**15
_HANDSHAKE = (
    "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n"
)


class Ours(Contender):
    """Two participants of each challenge, or everybody on one person's notifications.

    Heartbeats come as often as the service sends them by default, or so seldom that none is seen.
    """

    publishing = "redis"

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
            "PASSWORD_HASH_METHOD": "pbkdf2:sha256:1",
        }
        self._node = Node("service", self._folder, self._environ, workers=1)
        self._numbers: list[int] = []  # of the challenges, or of the one person
        self._cookies: list[str] = []

    @property
    def port(self) -> int:  # type: ignore[override]  # here it is the node's
        return self._node.port

    @property
    def pids(self) -> list[int]:
        return self._node.worker_pids

    def start(self) -> None:
        if not self._numbers:
            self._prepare()
        self._node.start()

    def stop(self) -> None:
        self._node.stop()

    def request(self, topic: int, viewer: int) -> bytes:
        # From the beginning: a client that names none would be sent the challenge first.
        which = self._numbers[topic] if self._topics > 1 else "notifications"
        kind, more = ("ws", _HANDSHAKE) if self._transport == "websocket" else ("sse", "")
        cookie = self._cookies[2 * topic + viewer if self._topics > 1 else 0]
        return (
            f"GET /{kind}/challenges/{which}/?last_event_id=0 HTTP/1.1\r\n"
            f"Host: localhost\r\nCookie: sessionid={cookie}\r\n{more}\r\n"
        ).encode()

    def target(self, topic: int) -> str:
        namespace = hashlib.blake2s(_KEY.encode(), digest_size=8).hexdigest()
        return channel(namespace, Announcement("", self._topic(topic), ()).partition)

    def template(self, topic: int) -> bytes:
        """Return an announcement of a participant's update, as long as that message should be."""
        me = Player(1, "player", MARK.decode(), "preferred", "grade")
        fact = dict(attempt_fact(Attempt(1, me)))
        announced = Announcement("", "", (Event("", _NUMBER, "participant.update", fact),))
        padding = "x" * max(0, MESSAGE_BYTES - len(announced.encode()))
        me = Player(1, "player", MARK.decode(), "preferred", "grade", padding)
        fact = dict(attempt_fact(Attempt(1, me)))
        event = Event(self._topic(topic), _NUMBER, "participant.update", fact)
        data = Announcement("another-worker", event.topic, (event,)).encode()
        return data.replace(str(_NUMBER).encode(), SEQ)

    def _topic(self, topic: int) -> str:
        number = self._numbers[topic]
        return challenge_topic(number) if self._topics > 1 else user_topic(number)

    def _prepare(self) -> None:
        """Write people and challenges as the service does, without asking it for each."""
        self._node.flask("set-up")
        # It announces nothing: there is nobody yet.
        app = create_app(Settings.from_env(self._environ | {"REDIS_URL": ""}))
        service: Service = app.extensions["qader_sse"]
        count = 2 * self._topics if self._topics > 1 else 1
        players, tokens = _sign_in(service, [f"player{number}" for number in range(count)])
        self._cookies = _cookies(app, tokens)
        self._numbers = _challenges(service, players) if self._topics > 1 else [players[0].id]
        with app.app_context():
            db.engine.dispose()


def _sign_in(service: Service, names: Sequence[str]) -> tuple[list[Player], list[str]]:
    players, tokens, now = list[Player](), list[str](), service.clock()
    for start in range(0, len(names), _PER_TRANSACTION):
        some = names[start : start + _PER_TRANSACTION]
        with service.database.transaction() as tx:
            profiles = [Profile(name, name) for name in some]
            accounts.insert_missing(tx.connection, profiles, "no-password", now)
            for name in some:
                user = accounts.by_username(tx.connection, name)
                if user is None:
                    raise RuntimeError(f"{name} was not created")
                players.append(user.player)
                tokens.append(accounts.open_session(tx.connection, user.id, now))
    return players, tokens


def _challenges(service: Service, players: Sequence[Player]) -> list[int]:
    """Have each two play a challenge; none has an event yet, so messages count from 1."""
    now = service.clock()
    pairs = list(zip(players[::2], players[1::2], strict=True))
    with service.database.transaction() as tx:
        return [challenges.insert_new(tx.connection, _challenge(pair, now)).id for pair in pairs]


def _challenge(pair: tuple[Player, Player], now: datetime) -> Challenge:
    return Challenge(
        id=0,
        kind=CHALLENGE_TYPES[_KIND],
        status="accepted",
        attempts=tuple(Attempt(0, player) for player in pair),
        questions=(),
        answers=(),
        created_at=now,
        due_at=now + timedelta(days=1),
    )


def _cookies(app: Flask, tokens: Sequence[str]) -> list[str]:
    signer = SecureCookieSessionInterface().get_signing_serializer(app)
    if signer is None:
        raise RuntimeError("the service has no secret key")
    # What Flask-Login writes into a session when somebody signs in.
    content = {"_fresh": True, "_permanent": True}
    return [str(signer.dumps({"_user_id": token, **content})) for token in tokens]
