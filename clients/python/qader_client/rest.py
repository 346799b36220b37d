"""The REST calls of one person, on a connection that is kept open."""

import http.client
import json
import socket
import time
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import urlsplit

# Below the server's keep-alive time, so that no request meets a connection that is being closed.
_MAX_IDLE_SECONDS = 2
_TIMEOUT_SECONDS = 30
CHALLENGES = "/api/v1/challenges/challenges/"


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: Any
    headers: dict[str, str]


class Api:
    """Exchanges JSON with one server, after signing in as one person."""

    def __init__(self, base_url: str, cookie: str | None = None) -> None:
        self.base_url = base_url
        self.cookie = cookie
        self.user: dict[str, Any] = {}
        self._used_at = 0.0
        self._others: list[Api] = []
        host = urlsplit(base_url).netloc
        self._connection = http.client.HTTPConnection(host, timeout=_TIMEOUT_SECONDS)

    @classmethod
    def signed_in(cls, base_url: str, username: str, password: str) -> Self:
        api = cls(base_url)
        answer = api.post("/api/v1/auth/login/", {"username": username, "password": password})
        if answer.status != 200:
            raise RuntimeError(f"{username} could not sign in: {answer.status} {answer.body}")
        api.user = answer.body["user"]
        return api

    def another(self) -> "Api":
        """Return a second connection of the same person."""
        other = Api(self.base_url, self.cookie)
        other.user = self.user
        self._others.append(other)
        return other

    def close(self) -> None:
        """Close the connection, and those from `another`."""
        self._connection.close()
        for other in self._others:
            other.close()

    @property
    def user_id(self) -> int:
        return int(self.user["id"])

    def get(self, path: str) -> Answer:
        return self.request("GET", path)

    def post(self, path: str, body: Any = None) -> Answer:
        return self.request("POST", path, None if body is None else json.dumps(body).encode())

    def request(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        sent = {"Content-Type": "application/json"} if body is not None else {}
        if self.cookie:
            sent["Cookie"] = f"sessionid={self.cookie}"
        if self._is_too_old():
            self._connection.close()  # `http.client` opens a new one for the next request
        try:
            self._connection.request(method, path, body, sent | (headers or {}))
            response = self._connection.getresponse()
            content = response.read()
        except (OSError, http.client.HTTPException):
            self._connection.close()
            raise
        self._used_at = time.monotonic()
        for name, value in response.getheaders():
            if name.lower() == "set-cookie" and value.startswith("sessionid="):
                self.cookie = value.removeprefix("sessionid=").partition(";")[0]
        is_json = response.getheader("Content-Type", "").startswith("application/json")
        parsed = json.loads(content) if is_json and content else content.decode()
        return Answer(response.status, parsed, dict(response.getheaders()))

    def _is_too_old(self) -> bool:
        """Return whether the server has closed the connection, or may be closing it now.

        The first is seen after a restart. It has to be known before a request is sent: one that
        gets no answer may have been acted on, so it cannot just be sent again.
        """
        if time.monotonic() - self._used_at > _MAX_IDLE_SECONDS:
            return True
        return self._connection.sock is not None and _has_ended(self._connection.sock)

    def create(self, challenge_type: str, opponent: str | None = None) -> Answer:
        body = {"challenge_type": challenge_type, "opponent_username": opponent}
        return self.post(CHALLENGES, body)

    def act(self, challenge_id: int, action: str, body: Any = None) -> Answer:
        """Take an action: `accept`, `decline`, `cancel`, `ready`, `answer` or `rematch`."""
        return self.post(f"{CHALLENGES}{challenge_id}/{action}/", body)

    def answer(self, challenge_id: int, question_id: int, choice: str) -> Answer:
        return self.act(
            challenge_id, "answer", {"question_id": question_id, "selected_answer": choice}
        )

    def detail(self, challenge_id: int) -> Any:
        return self.get(f"{CHALLENGES}{challenge_id}/").body


def _has_ended(idle: socket.socket) -> bool:
    """Return whether there is something to read, which between two requests is only the end."""
    idle.settimeout(0)
    try:
        idle.recv(1, socket.MSG_PEEK)
    except BlockingIOError:
        return False
    except OSError:
        return True
    finally:
        idle.settimeout(_TIMEOUT_SECONDS)
    return True
