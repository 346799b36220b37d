"""Routes that were found before are found again as Werkzeug finds them, and nothing else is."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from flask import Flask
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.routing import Map, MapAdapter, RequestRedirect
from werkzeug.test import create_environ

from qader_sse.web.requests import AppRequest
from qader_sse.web.routing import Routes

CALLS = [
    ("GET", "/api/v1/challenges/challenges/7/"),
    ("HEAD", "/api/v1/challenges/challenges/7/"),
    ("GET", "/api/v1/challenges/challenges/007/"),
    ("GET", "/api/v1/challenges/challenges/٧/"),
    ("POST", "/api/v1/challenges/challenges/7/answer/"),
    ("POST", "/api/v1/challenges/challenges/7/answer"),
    ("GET", "/api/v1/challenges/challenges/7/answer/"),
    ("OPTIONS", "/api/v1/challenges/challenges/7/answer/"),
    ("GET", "/api/v1/challenges/challenges/7"),
    ("GET", "/api/v1//challenges/challenges/7/"),
    ("GET", "/sse/challenges/7/"),
    ("GET", "/sse/challenges/7"),
    ("GET", "/ws/challenges/7/"),
    ("GET", "/static/client/index.js"),
    ("GET", f"/static/{'a' * 5_000}"),
    ("GET", "/nothing/here/"),
    ("GET", "/"),
    ("GET", ""),
]
HOSTS = [
    "duels.example",
    "duels.example:8443",
    "DUELS.example:80",
    "a..b",
    "é",
    "[::1]:8000",
    "",
    None,
]
CALLED = [(host, scheme) for host in HOSTS for scheme in ("http", "https")]


@pytest.fixture
def url_map(app: Flask) -> Map:
    return app.url_map


def test_a_route_is_found_as_werkzeug_finds_it(url_map: Map) -> None:
    routes = Routes(url_map)
    # The second time, what was found is remembered.
    for method, path, host, scheme in 2 * [(*call, *called) for call in CALLS for called in CALLED]:
        environ = _environ(method, path, host, scheme)
        expected = _outcome(partial(url_map.bind_to_environ, environ))
        found = _outcome(partial(routes.adapter, AppRequest(environ)))
        assert found == expected, (method, path, host, scheme)


def test_what_a_view_does_to_its_values_is_not_remembered(url_map: Map) -> None:
    routes = Routes(url_map)
    environ = _environ("GET", "/sse/challenges/7/", "duels.example", "http")
    routes.adapter(AppRequest(environ)).match(return_rule=True)[1].clear()
    _, values = routes.adapter(AppRequest(environ)).match(return_rule=True)
    assert values == {"challenge_id": 7}


@pytest.mark.parametrize(("length", "is_kept"), [(100, True), (300, False)])
def test_what_a_long_path_leads_to_is_not_remembered(
    url_map: Map, length: int, is_kept: bool
) -> None:
    find, called = Routes(url_map).find, f"GET /static/{'a' * length}"
    assert (find(called) is find(called)) is is_kept


def _environ(method: str, path: str, host: str | None, scheme: str) -> dict[str, Any]:
    environ = create_environ("/", f"{scheme}://localhost/duels", "a=%C3%A9", method)
    environ["PATH_INFO"] = path.encode().decode("latin-1")
    environ["HTTP_HOST"] = host
    if host is None:
        del environ["HTTP_HOST"]
    return environ


def _outcome(adapter: Callable[[], MapAdapter]) -> object:
    """Return the rule and its values; or the error, with the address it leads to."""
    try:
        rule, values = adapter().match(return_rule=True)
    except RequestRedirect as found:
        return type(found), found.new_url
    except MethodNotAllowed as refused:
        return type(refused), sorted(refused.valid_methods or ())
    except HTTPException as refused:
        return type(refused)
    return rule, dict(values)
