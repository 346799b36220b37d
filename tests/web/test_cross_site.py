"""Pages of other sites can change nothing with a user's cookie, and read nothing."""

import json
from collections.abc import Callable
from contextlib import closing

import pytest
from flask import Flask
from flask.testing import FlaskClient
from qader_client.rest import Api

from cluster.local_server import LocalServer
from qader_sse.domain.challenge import Challenge
from qader_sse.service import Service
from qader_sse.web.own_host import FROM_PROXY
from tests.support.duel import CHALLENGES, PASSWORD, started_duel
from tests.support.routes import ALLOWED_ORIGIN, routes, websocket_handshake
from tests.support.tables import unchanged

ANSWER = {"question_id": 1, "selected_answer": "A"}
NOT_ALLOWED = {
    "detail": "This request comes from a page of https://evil.example, and the service was called as"
    " localhost. Only its own pages may do this, and those of the origins that ALLOWED_ORIGINS"
    " names."
}
TYPES = "/api/v1/challenges/types/"
STREAMS = ("/sse/challenges/notifications/", "/sse/stream/?topics=notifications")

AsUser = Callable[[str], FlaskClient]
People = dict[str, int]


@pytest.fixture
def duel(service: Service, people: People) -> Challenge:
    return started_duel(service, people["noura"], "khalid")


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_a_page_of_another_site_can_change_nothing(
    app: Flask, service: Service, as_user: AsUser, duel: Challenge, method: str
) -> None:
    noura = as_user("noura")
    with unchanged(service):
        for _, _, address in routes(app, duel.id):
            headers = {"Origin": "https://evil.example"}
            response = noura.open(address, method=method, json=ANSWER, headers=headers)
            assert (response.status_code, response.json) == (403, NOT_ALLOWED), address


@pytest.mark.claim("A14")
@pytest.mark.parametrize(
    ("origin", "status"),
    [
        (None, 201),
        ("http://localhost", 201),
        ("https://localhost", 201),  # a proxy may terminate TLS
        ("http://LOCALHOST", 201),
        ("null", 403),
        ("", 403),
        ("http://localhost:8000", 403),
        ("http://localhost.evil.example", 403),
        ("http://evil.example/localhost", 403),
        ("http://localhost@evil.example", 403),
        ("http://[", 403),
    ],
)
def test_an_unsafe_request_must_come_from_this_site_or_from_no_page(
    as_user: AsUser, origin: str | None, status: int
) -> None:
    headers = {} if origin is None else {"Origin": origin}
    body = {"challenge_type": "quick_quant_10"}
    response = as_user("noura").post(CHALLENGES, json=body, headers=headers)
    assert response.status_code == status
    assert response.mimetype == "application/json"


def test_an_origin_of_null_is_never_this_site(as_user: AsUser) -> None:
    """Werkzeug makes an empty host of a malformed one, such as a container's name."""
    headers = {"Origin": "null", "Host": "quiz_web:8000"}
    body = {"challenge_type": "quick_quant_10"}
    assert as_user("noura").post(CHALLENGES, json=body, headers=headers).status_code == 403


@pytest.mark.parametrize(
    ("origin", "host", "status"),
    [
        ("https://quiz.example", "quiz.example:443", 201),  # nginx with `Host $host:$server_port`
        ("https://quiz.example", "quiz.example:80", 201),  # the same behind another that ends TLS
        ("https://quiz.example:443", "quiz.example", 201),
        ("http://quiz.example:80", "quiz.example", 201),
        ("https://quiz.example:8443", "quiz.example:8443", 201),
        ("https://quiz.example:8443", "quiz.example", 403),
        ("https://quiz.example", "quiz.example:8443", 403),
        ("https://quiz.example:80", "quiz.example", 403),
        ("https://:443", ":443", 403),
        ("https://[::1]", "[::1]:443", 201),
    ],
)
def test_default_ports_do_not_matter(
    app: Flask, as_user: AsUser, origin: str, host: str, status: int
) -> None:
    cookie = as_user("noura").get_cookie("sessionid")
    assert cookie is not None
    response = app.test_client(use_cookies=False).post(
        CHALLENGES,
        json={"challenge_type": "quick_quant_10"},
        headers={"Origin": origin, "Host": host, "Cookie": f"sessionid={cookie.value}"},
    )
    assert response.status_code == status


@pytest.mark.parametrize(
    ("forwarded", "status"),
    [
        ("quiz.example", 201),
        ("QUIZ.example:443", 201),
        ("quiz.example, 10.0.0.3", 201),
        ("evil.example", 403),
        ("", 403),
    ],
)
@pytest.mark.parametrize("from_proxy", [True, False])
def test_the_host_that_a_trusted_proxy_was_called_by_is_this_site(
    as_user: AsUser, forwarded: str, status: int, from_proxy: bool
) -> None:
    response = as_user("noura").post(
        CHALLENGES,
        json={"challenge_type": "quick_quant_10"},
        headers={"Origin": "https://quiz.example", "X-Forwarded-Host": forwarded},
        environ_overrides={FROM_PROXY: from_proxy},
    )
    assert response.status_code == (status if from_proxy else 403)


def test_links_have_the_host_that_a_trusted_proxy_was_called_by(as_user: AsUser) -> None:
    noura = as_user("noura")
    for opponent in ("khalid", "stranger"):
        body = {"challenge_type": "quick_quant_10", "opponent_username": opponent}
        assert noura.post(CHALLENGES, json=body).status_code == 201
    page = noura.get(
        f"/ar{CHALLENGES}?page_size=1",
        headers={"X-Forwarded-Host": "quiz.example:443"},
        environ_overrides={FROM_PROXY: True, "wsgi.url_scheme": "https"},
    )
    assert page.get_json()["next"] == f"https://quiz.example/ar{CHALLENGES}?page_size=1&page=2"


@pytest.mark.claim("A14")
@pytest.mark.parametrize("path", ["/ws/challenges/1/", "/en/ws/challenges/notifications/"])
@pytest.mark.parametrize(
    ("origin", "status"),
    [
        (None, 101),
        ("http://127.0.0.1:{port}", 101),
        ("http://127.0.0.1", 403),
        ("http://127.0.0.1:1", 403),
        (ALLOWED_ORIGIN, 101),
        ("http://evil.example", 403),
        ("null", 403),
    ],
)
def test_a_page_of_another_site_cannot_open_a_websocket(
    server: LocalServer, player: Callable[[int], Api], path: str, origin: str | None, status: int
) -> None:
    headers = {"Cookie": f"sessionid={player(1).cookie}"}
    if origin is not None:
        headers["Origin"] = origin.format(port=server.port)
    with websocket_handshake(server, path, headers) as response:
        assert response.status == status


@pytest.mark.parametrize(("forwarded", "status"), [("quiz.example", 101), ("evil.example", 403)])
def test_gunicorn_trusts_the_proxies_that_it_is_configured_to_trust(
    server: LocalServer, player: Callable[[int], Api], forwarded: str, status: int
) -> None:
    headers = {
        "Cookie": f"sessionid={player(1).cookie}",
        "Origin": "https://quiz.example",
        "X-Forwarded-Host": forwarded,
    }
    with websocket_handshake(server, "/ws/challenges/notifications/", headers) as response:
        assert response.status == status


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_the_scheme_that_a_trusted_proxy_was_called_by_counts(
    server: LocalServer, scheme: str
) -> None:
    body = json.dumps({"username": "player1", "password": PASSWORD}).encode()
    headers = {"X-Forwarded-Proto": scheme, "Content-Type": "application/json"}
    with closing(Api(server.base_url)) as api:
        answer = api.request("POST", "/api/v1/auth/login/", body, headers)
    assert ("Secure" in answer.headers["Set-Cookie"]) is (scheme == "https")
    assert ("Strict-Transport-Security" in answer.headers) is (scheme == "https")


@pytest.mark.claim("A14")
@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),  # another port, or another subdomain
        ({"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}, 403),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Sec-Fetch-Site": "none"}, 200),  # typed into the address bar
        ({"Origin": "http://localhost", "Sec-Fetch-Site": "cross-site"}, 200),
        ({}, 200),
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_page_of_another_origin_does_not_read_as_a_user(
    service: Service,
    as_user: AsUser,
    duel: Challenge,
    headers: dict[str, str],
    status: int,
    method: str,
) -> None:
    noura = as_user("noura")
    for path in (CHALLENGES, f"{CHALLENGES}{duel.id}/", f"/sse/challenges/{duel.id}/", *STREAMS):
        with closing(noura.open(path, method=method, headers=headers)) as response:
            assert response.status_code == status, path
            assert "access-control" not in str(response.headers).lower()
            if status == 403:
                assert service.hub.online_user_ids() == set()


@pytest.mark.claim("A14")
@pytest.mark.parametrize(
    "headers", [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}]
)
def test_pages_and_what_is_no_persons_may_be_read_and_linked_to_from_anywhere(
    app: Flask, headers: dict[str, str]
) -> None:
    for path in ("/", "/ar/", "/inspect/", "/static/icon.svg", "/readyz", TYPES):
        with closing(app.test_client().get(path, headers=headers)) as response:
            assert response.status_code == 200
            assert "access-control" not in str(response.headers).lower()


@pytest.mark.claim("A14")
def test_a_refusal_says_what_the_browser_said_of_the_page(as_user: AsUser) -> None:
    response = as_user("noura").get(CHALLENGES, headers={"Sec-Fetch-Site": "same-site"})
    assert response.get_json()["detail"].startswith(
        "This request comes from a page of another origin that the browser does not name"
        " (Sec-Fetch-Site: same-site), and the service was called as localhost."
    )
