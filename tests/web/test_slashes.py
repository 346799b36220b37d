"""Addresses without their last slash: REST redirects, streams and WebSockets open all the same."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from qader_client.rest import Api

from cluster.local_server import LocalServer
from tests.support.duel import CHALLENGES
from tests.support.routes import routes, websocket_handshake


@pytest.mark.claim("R13")
def test_rest_redirects_without_changing_method_host_or_language(
    app: Flask, noura: FlaskClient
) -> None:
    for _, method, path in routes(app, 1):
        if path.startswith("/api/"):
            response = noura.open(f"/ar{path.removesuffix('/')}?page=2", method=method)
            assert response.status_code == 308
            location = f"/ar{path}?page=2".replace("<", "%3C").replace(">", "%3E")
            assert response.headers["Location"] == location
            said = {"detail": f"المطلوب موجود في العنوان ‎{location}‎"}
            assert response.get_json() == said
    followed = noura.post(f"{CHALLENGES}1/ready", follow_redirects=True)
    assert followed.get_json()["user_status"] == "ready"


@pytest.mark.claim("W11")
@pytest.mark.parametrize(
    "path", ["/sse/challenges/1", "/sse/challenges/notifications", "/sse/stream"]
)
@pytest.mark.parametrize("prefix", ["", "/ar"])
def test_a_stream_opens_without_a_redirect(browser: FlaskClient, prefix: str, path: str) -> None:
    query = "?topics=challenges/1" if path == "/sse/stream" else ""
    for address in (path, f"{path}/"):
        response = browser.get(f"{prefix}{address}{query}")
        assert (response.status_code, response.mimetype) == (200, "text/event-stream")
        response.close()


@pytest.mark.claim("W11")
def test_a_ticket_opens_its_stream_with_and_without_the_slash(
    app: Flask, browser: FlaskClient
) -> None:
    for named, opened in (
        ("/sse/challenges/1", "/sse/challenges/1/"),
        ("/sse/challenges/1/", "/sse/challenges/1"),
        ("/sse/stream?topics=notifications", "/sse/stream/?topics=notifications"),
    ):
        ticket = browser.post("/api/v1/auth/ticket/", json={"stream": named}).get_json()["ticket"]
        joint = "&" if "?" in opened else "?"
        response = app.test_client().get(f"{opened}{joint}ticket={ticket}")
        assert response.status_code == 200
        response.close()


@pytest.mark.claim("W11")
def test_a_websocket_opens_without_a_redirect(
    server: LocalServer, player: Callable[[int], Api]
) -> None:
    challenge_id = player(1).create("quick_quant_10", "player2").body["id"]
    cookie = {"Cookie": f"sessionid={player(1).cookie}"}
    for path in (f"/ws/challenges/{challenge_id}", "/ar/ws/challenges/notifications"):
        for address in (path, f"{path}/", f"{path}?x=1&_=2"):
            with websocket_handshake(server, address, cookie) as response:
                assert response.status == 101, address
