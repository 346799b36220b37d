"""How requests are refused before a view runs. Who may call what: test_authorization_matrix.py."""

from collections.abc import Callable
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from qader_client.rest import Api
from sqlalchemy import text

from cluster.local_server import LocalServer
from qader_sse.service import Service
from tests.support.duel import CHALLENGES
from tests.support.routes import websocket_handshake

AsUser = Callable[[str], FlaskClient]


def test_a_websocket_that_is_refused_is_closed_with_the_reason(
    server: LocalServer, player: Callable[[int], Api]
) -> None:
    challenge_id = player(1).create("quick_quant_10", "player2").body["id"]
    for cookie, path, code in (
        (None, f"/ws/challenges/{challenge_id}/", 4001),
        ("forged", "/ws/challenges/notifications/", 4001),
        (player(3).cookie, f"/ws/challenges/{challenge_id}/", 4003),
        (player(3).cookie, "/ws/challenges/999999/", 4004),
        (player(3).cookie, f"/ws/challenges/{10**30}/", 4004),
    ):
        with websocket_handshake(server, path, {"Cookie": f"sessionid={cookie}"}) as response:
            assert response.status == 101
            opcode, _, *close_code = response.fp.read(4)
            assert (opcode, int.from_bytes(close_code)) == (0x88, code), path


def test_digits_of_another_script_are_no_number_on_a_websocket(server: LocalServer) -> None:
    with websocket_handshake(server, f"/ws/challenges/{quote('٣')}/", {}) as response:
        assert response.status == 404


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", CHALLENGES, {"GET", "HEAD", "OPTIONS", "POST"}),
        ("PUT", f"{CHALLENGES}1/answer/", {"OPTIONS", "POST"}),
        ("GET", "/api/v1/auth/logout/", {"OPTIONS", "POST"}),
        ("POST", "/sse/challenges/1/", {"GET", "HEAD", "OPTIONS"}),
        ("POST", "/livez", {"GET", "HEAD", "OPTIONS"}),
    ],
)
def test_a_wrong_method_is_answered_with_the_allowed_ones(
    as_user: AsUser, method: str, path: str, allowed: set[str]
) -> None:
    response = as_user("noura").open(path, method=method)
    said = {"detail": "This address does not take that method."}
    assert (response.status_code, response.json) == (405, said)
    assert set(response.headers["Allow"].split(", ")) == allowed


@pytest.mark.parametrize("path", ["/nowhere", "/api/v1/", "/en/nowhere", "/static/nowhere", "/ws/"])
def test_an_unknown_path_is_answered_in_json(app: Flask, path: str) -> None:
    response = app.test_client().get(path)
    said = {"detail": "There is nothing at this address."}
    assert (response.status_code, response.json) == (404, said)


def test_an_unexpected_error_is_logged_and_not_shown(
    service: Service, as_user: AsUser, caplog: pytest.LogCaptureFixture
) -> None:
    noura = as_user("noura")
    with service.database.transaction() as tx:
        tx.connection.execute(text("ALTER TABLE challenges RENAME TO elsewhere"))
    response = noura.get(CHALLENGES)
    said = {"detail": "Something went wrong on our side. Try again in a moment."}
    assert (response.status_code, response.json) == (500, said)
    assert "no such table" in caplog.text
