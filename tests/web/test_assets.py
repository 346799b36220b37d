"""Static files and pages: their types, compression and caching, and that nothing else is served."""

import gzip
from collections.abc import Callable
from contextlib import closing

import brotli
import pytest
from flask import Flask
from flask.testing import FlaskClient
from qader_client.rest import Api
from werkzeug.test import TestResponse

from qader_sse.installation import ROOT

CLIENT = ROOT / "clients" / "js" / "src"
STATIC = ROOT / "qader_sse" / "static"
MODULES = sorted(str(path.relative_to(CLIENT)) for path in CLIENT.rglob("*.js"))
# A symbolic link to the modules of the client, so that there is one copy.
FILES = sorted(
    str(path.relative_to(STATIC))
    for folder in (STATIC, STATIC / "client")
    for path in folder.rglob("*")
    if path.suffix in (".js", ".css")
)
UNDO = {"br": brotli.decompress, "gzip": gzip.decompress, "identity": bytes}


@pytest.fixture
def browser(app: Flask) -> FlaskClient:
    """A browser without a session."""
    return app.test_client()


def get(browser: FlaskClient, path: str, **headers: str) -> TestResponse:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    with closing(browser.get(path, headers=sent)) as response:
        response.get_data()  # read now, because the file is closed afterwards
        return response


@pytest.mark.parametrize("name", MODULES)
def test_each_module_of_the_client_is_served_as_it_is(browser: FlaskClient, name: str) -> None:
    response = get(browser, f"/static/client/{name}")
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert response.headers["Cache-Control"] == "no-cache"
    assert response.data == (CLIENT / name).read_bytes()


@pytest.mark.parametrize("prefix", ["/en", "/ar"])
def test_the_modules_are_served_under_each_language(browser: FlaskClient, prefix: str) -> None:
    assert get(browser, f"{prefix}/static/client/index.js").status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        *(
            "../package.json",
            "../tests/cursor.test.js",
            "..%2f..%2fpython%2fREADME.md",
        ),
        *("../../../wsgi.py", "/etc/passwd", "%2e%2e/tests/cursor.test.js", "nowhere.js", ""),
        *("..%2ftests%2fcursor.test.js", "....//tests/cursor.test.js", "..\\tests\\cursor.test.js"),
        str(CLIENT / "index.js"),
    ],
)
def test_no_other_file_is_served_under_the_client(browser: FlaskClient, path: str) -> None:
    assert (CLIENT / "../tests/cursor.test.js").exists()
    response = get(browser, f"/static/client/{path}")
    assert response.status_code == 404, response.data


def test_a_real_server_serves_no_other_file_either(player: Callable[[int], Api]) -> None:
    """A real server passes the path on as it was sent, with its dots."""
    api = player(1)
    for path in ("../package.json", "../tests/cursor.test.js", "%2e%2e/tests/cursor.test.js"):
        assert api.get(f"/static/client/{path}").status == 404
    assert api.get("/static/client/index.js").headers["Content-Type"].startswith("text/javascript")


@pytest.mark.parametrize("path", ["/", "/static/client/connection.js", "/static/app/base.css"])
@pytest.mark.parametrize("encoding", ["br", "gzip", "identity"])
def test_pages_and_files_are_compressed_as_the_browser_asks(
    browser: FlaskClient, path: str, encoding: str
) -> None:
    plain = get(browser, path)
    assert "Content-Encoding" not in plain.headers
    response = get(browser, path, Accept_Encoding=encoding)
    assert UNDO[encoding](response.data) == plain.data
    assert response.headers.get("Content-Encoding", "identity") == encoding
    assert "Accept-Encoding" in response.headers["Vary"]
    assert int(response.headers["Content-Length"]) == len(response.data)


@pytest.mark.parametrize("path", ["/static/client/connection.js", "/static/app/base.css"])
@pytest.mark.parametrize("encoding", ["br", "gzip", "identity"])
def test_a_file_that_a_browser_has_is_not_sent_again(
    browser: FlaskClient, path: str, encoding: str
) -> None:
    first = get(browser, path, Accept_Encoding=encoding)
    again = get(browser, path, Accept_Encoding=encoding, If_None_Match=first.headers["ETag"])
    assert (again.status_code, again.data) == (304, b"")
    assert not {"Content-Security-Policy", "Referrer-Policy"} & set(again.headers.keys())
    changed = get(browser, path, Accept_Encoding=encoding, If_None_Match='"another"')
    # Not the compressed bytes, because gzip writes the time into them.
    assert UNDO[encoding](changed.data) == UNDO[encoding](first.data)


def test_each_encoding_has_its_own_etag(browser: FlaskClient) -> None:
    tags = [
        get(browser, "/static/client/connection.js", Accept_Encoding=encoding).headers["ETag"]
        for encoding in ("br", "gzip", "identity")
    ]
    assert len(set(tags)) == 3


def test_a_range_request_returns_that_range(browser: FlaskClient) -> None:
    path, whole = "/static/client/connection.js", (CLIENT / "connection.js").read_bytes()
    response = get(browser, path, Range="bytes=10-1009", Accept_Encoding="br")
    assert (response.status_code, response.data) == (206, whole[10:1010])
    assert "Content-Encoding" not in response.headers


def test_streams_and_json_answers_are_not_compressed(
    as_user: Callable[[str], FlaskClient],
) -> None:
    noura = as_user("noura")
    for path in ("/api/v1/challenges/types/", "/openapi/openapi.json"):
        answer = get(noura, path, Accept_Encoding="br, gzip")
        assert len(answer.data) > 500
        assert "Content-Encoding" not in answer.headers
    headers = {"Accept-Encoding": "br, gzip"}
    with closing(noura.get("/sse/challenges/notifications/", headers=headers)) as stream:
        assert stream.headers["Content-Encoding"] == "identity"
        assert b"event: stream" in bytes(next(iter(stream.response)))  # type: ignore[arg-type]  # bytes here


def test_the_first_visit_loads_few_bytes(browser: FlaskClient) -> None:
    """Both pages, and every file that either loads by itself, are counted once and compressed."""
    later = (
        "account/",
        "app/duel/",
        "docs/",
    )  # other pages, and what comes when the lobby is there
    loaded = [name for name in FILES if not name.startswith(later)]
    paths = ["/ar/", "/inspect/", *(f"/static/{name}" for name in loaded)]
    sizes = [len(get(browser, path, Accept_Encoding="gzip").data) for path in paths]
    assert sum(sizes) < 100_000
