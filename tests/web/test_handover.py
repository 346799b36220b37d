"""Which connections are handed over, as the view sees it: the outermost layer offers them."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient
from gevent import socket
from gunicorn.http.wsgi import Response
from gunicorn.http2.response import HTTP2Response

from qader_sse.service import Service
from qader_sse.web.streaming.gunicorn_adapter import Handover, OffersHandover, offered

EVENT_STREAM = ("Content-Type", "text/event-stream")


@pytest.fixture
def connection() -> Iterator[socket.socket]:
    near, far = socket.socketpair()
    yield near
    near.close()
    far.close()


def request() -> Any:
    """Return a request of HTTP/1.1 with only what gunicorn's `Response` reads of it."""
    return type("Request", (), {"method": "GET", "version": (1, 1)})


def offer(service: Service, connection: Any, start_response: Callable[..., Any]) -> Handover:
    """Return what a view is offered on this connection of gunicorn's."""
    offers: list[Handover] = []

    def view(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        offers.append(offered(environ))
        return ()

    OffersHandover(view, service)({"gunicorn.socket": connection}, start_response)
    return offers[0]


def test_another_server_is_logged_once_as_the_reason(
    noura: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(2):
        noura.get("/sse/challenges/1/").close()
    (line,) = [text for text in caplog.messages if "not handed over" in text]
    assert line.endswith(": the server is not gunicorn with the gunicorn.conf.py of this project")


def test_without_a_self_test_the_hand_over_is_off(noura: FlaskClient) -> None:
    assert noura.get("/readyz").get_json()["handover"] == "off"


def test_a_websocket_needs_a_server_that_passes_its_socket_on(noura: FlaskClient) -> None:
    handshake = {"Upgrade": "websocket", "Connection": "Upgrade"}
    answer = noura.get("/ws/challenges/1/", base_url="ws://localhost", headers=handshake)
    assert answer.status_code == 501


def test_a_plain_connection_is_offered(service: Service, connection: socket.socket) -> None:
    response = Response(request(), connection, None)
    handover = offer(service, connection, response.start_response)
    assert handover.obstacle is None
    response.start_response("200 OK", [EVENT_STREAM])
    assert handover.obstacle_in_head is None


def test_answers_of_http2_share_their_connection(
    service: Service, connection: socket.socket
) -> None:
    response = HTTP2Response(request(), connection, None, None, 1)
    handover = offer(service, connection, response.start_response)
    assert handover.obstacle == "the answers of HTTP/2 share a connection"


def test_what_the_self_test_found_holds_for_all_connections(
    service: Service, connection: socket.socket
) -> None:
    service.handover_state.record_test("gunicorn has changed")
    response = Response(request(), connection, None)
    assert offer(service, connection, response.start_response).obstacle == "gunicorn has changed"


@pytest.mark.parametrize("header", [("Content-Encoding", "gzip"), ("Content-Length", "7")])
def test_a_body_that_a_middleware_encodes_or_measures_is_left_to_it(
    service: Service, connection: socket.socket, header: tuple[str, str]
) -> None:
    response = Response(request(), connection, None)
    handover = offer(service, connection, response.start_response)
    response.start_response("200 OK", [EVENT_STREAM, header])
    assert handover.obstacle_in_head == "a middleware encodes or measures the body"


def test_a_body_that_is_said_to_be_unchanged_is_continued(
    service: Service, connection: socket.socket
) -> None:
    response = Response(request(), connection, None)
    handover = offer(service, connection, response.start_response)
    response.start_response("200 OK", [EVENT_STREAM, ("Content-Encoding", "identity")])
    assert handover.obstacle_in_head is None


def test_a_head_that_a_middleware_holds_back_cannot_be_written(
    service: Service, connection: socket.socket
) -> None:
    handover = offer(service, connection, Response(request(), connection, None).start_response)
    assert handover.obstacle_in_head == "a middleware holds start_response back"
