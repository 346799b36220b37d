"""What ends the streams of somebody who came with a token of a Django deployment."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import jwt
import pytest
from qader_client.rest import Answer, Api
from qader_client.watch import SseWatcher

from cluster.local_server import LocalServer
from tests.support.servers import MakeServer

KEY = "the key of the Django deployment, long enough"
NOTIFICATIONS = "/sse/challenges/notifications/"
SECONDS = 4


@pytest.fixture(scope="module")
def django_server(make_server: MakeServer) -> Iterator[LocalServer]:
    with make_server(JWT_SIGNING_KEY=KEY, DJANGO_TOKENS="create") as server:
        yield server


class Person:
    """Somebody with a fresh token, and the stream that was opened with a ticket for it."""

    def __init__(self, server: LocalServer, django_id: int, seconds: float) -> None:
        now = datetime.now(UTC)
        claims = {"user_id": django_id, "token_type": "access", "jti": str(django_id), "iat": now}
        token = jwt.encode(claims | {"exp": now + timedelta(seconds=seconds)}, KEY)
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self.api = Api(server.base_url)
        wanted = b'{"stream": "%s"}' % NOTIFICATIONS.encode()
        ticket = self.call("POST", "/api/v1/auth/ticket/", wanted).body["ticket"]
        self.stream = SseWatcher(self.api, f"{NOTIFICATIONS}?ticket={ticket}").open()
        self.stream.wait_until(lambda: self.stream.control)

    def call(self, method: str, path: str, body: bytes | None = None) -> Answer:
        return self.api.request(method, path, body, self._headers)

    def end_of_stream(self) -> str:
        self.stream.wait_until(lambda: not self.stream.is_open)
        self.stream.cut()
        self.api.close()
        return str(self.stream.control[-1]["reason"])


def test_it_ends_with_the_token(django_server: LocalServer) -> None:
    before = time.monotonic()
    person = Person(django_server, 1, SECONDS)
    assert person.end_of_stream() == "signed_out"
    assert SECONDS - 1 < time.monotonic() - before < SECONDS + 2  # `exp` is in whole seconds


def test_it_ends_when_the_person_signs_out(django_server: LocalServer) -> None:
    person = Person(django_server, 2, 300)
    assert person.call("POST", "/api/v1/auth/logout/").status == 204
    assert person.end_of_stream() == "signed_out"


def test_it_ends_when_the_account_is_disabled(django_server: LocalServer) -> None:
    person = Person(django_server, 3, 300)
    django_server.flask(
        "users", "disable", person.call("GET", "/api/v1/users/me/").body["username"]
    )
    assert person.end_of_stream() == "disabled"
