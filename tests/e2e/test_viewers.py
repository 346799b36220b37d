"""The Viewer-Id header names the user an answer is for, on every kind of stream and on polling."""

from collections.abc import Callable
from contextlib import closing
from http.client import HTTPConnection

import pytest
from flask.testing import FlaskClient
from qader_client.rest import Api

from cluster.local_server import LocalServer
from qader_sse.service import Service
from tests.support.duel import started_duel

Player = Callable[[int], Api]

STREAMS = (
    "/sse/challenges/notifications/",
    "/sse/challenges/{}/",
    "/sse/stream/?topics=notifications,challenges/{}",
)
POLLED = (
    "/api/v1/challenges/notifications/events/",
    "/api/v1/challenges/challenges/{}/events/?after=0",
)


@pytest.fixture
def ask(server: LocalServer) -> Callable[..., tuple[int, str | None]]:
    """Return the status of an answer and its Viewer-Id, without waiting for the end of its body."""

    def head_of(api: Api | None, path: str, method: str = "GET") -> tuple[int, str | None]:
        sent = {} if api is None else {"Cookie": f"sessionid={api.cookie}"}
        with closing(HTTPConnection("127.0.0.1", server.port, timeout=10)) as connection:
            connection.request(method, path, headers=sent)
            with closing(connection.getresponse()) as response:
                return response.status, response.getheader("Viewer-Id")

    return head_of


@pytest.mark.claim("U1")
@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("path", [*STREAMS, *POLLED])
def test_streams_and_polling_answers_name_their_viewer(
    player: Player, ask: Callable[..., tuple[int, str | None]], path: str, method: str
) -> None:
    first, second = player(1), player(2)
    address = path.format(first.create("quick_quant_10", "player2").body["id"])
    for api in (first, second):
        assert ask(api, address, method) == (200, str(api.user_id))


@pytest.mark.parametrize("path", STREAMS)
def test_a_stream_that_the_server_iterates_names_its_viewer(
    service: Service, people: dict[str, int], as_user: Callable[[str], FlaskClient], path: str
) -> None:
    duel = started_duel(service, people["noura"], "khalid")
    for name in ("noura", "khalid"):
        with as_user(name).get(path.format(duel.id)) as response:
            assert response.headers["Viewer-Id"] == str(people[name])


def test_refusals_and_finished_streams_name_their_viewer_too(
    player: Player, ask: Callable[..., tuple[int, str | None]]
) -> None:
    first, stranger = player(1), player(3)
    over = first.create("quick_quant_10", "player2").body["id"]
    assert first.act(over, "cancel").status == 200
    for path in (
        f"/sse/challenges/{over}/?last_event_id=2",
        f"/sse/stream/?topics=challenges/{over}&last_event_id={over}.2",
    ):
        assert ask(first, path) == (204, str(first.user_id))
        assert ask(stranger, path) == (403, str(stranger.user_id))
    assert ask(stranger, POLLED[1].format(over)) == (404, str(stranger.user_id))


@pytest.mark.parametrize("path", [*STREAMS, *POLLED])
def test_an_answer_without_a_session_names_no_viewer(
    ask: Callable[..., tuple[int, str | None]], path: str
) -> None:
    assert ask(None, path.format(1)) == (401, None)
    assert ask(None, path.format(1), "OPTIONS") == (200, None)
