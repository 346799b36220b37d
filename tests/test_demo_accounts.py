"""No demo account, whose password is published, where other machines reach the service."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from flask import Flask

from qader_sse import create_app
from qader_sse.demo_accounts import DEMO_PASSWORD
from tests.conftest import dispose, make_settings

LOGIN = "/api/v1/auth/login/"
ARGS = ["set-up", "--port", "8000"]

MakeApp = Callable[..., Flask]


@pytest.fixture
def make_app(tmp_path: Path) -> Iterator[MakeApp]:
    """Return a function that makes an app, each on the same database, which is new at first."""
    with ExitStack() as stack:

        def make(**settings: object) -> Flask:
            app = create_app(make_settings(f"sqlite:///{tmp_path}/new.sqlite3", **settings))
            stack.callback(dispose, app)
            return app

        yield make


def status_of_sign_in(app: Flask) -> int:
    credentials = {"username": "sara", "password": DEMO_PASSWORD}
    return app.test_client().post(LOGIN, json=credentials).status_code


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "example.org", "0"])  # noqa: S104  # not bound
def test_where_other_machines_reach_it_none_is_created(make_app: MakeApp, host: str) -> None:
    app = make_app(host=host)
    result = app.test_cli_runner().invoke(args=ARGS)
    assert result.exit_code == 0, result.output
    assert f"demo accounts: none, because other machines reach HOST={host}" in result.output
    assert "DEMO_ACCOUNTS=true" in result.output
    assert DEMO_PASSWORD not in result.output
    assert status_of_sign_in(app) == 401
    assert DEMO_PASSWORD not in app.test_client().get("/").text


@pytest.mark.parametrize(
    "settings",
    [
        *({"host": host} for host in ("127.0.0.1", "127.9.9.9", "::1", "localhost")),
        {"host": "::", "demo_accounts": True},
    ],
)
def test_on_this_machine_and_where_it_is_asked_for_they_are_created(
    make_app: MakeApp, settings: dict[str, object]
) -> None:
    app = make_app(**settings)
    result = app.test_cli_runner().invoke(args=ARGS)
    assert "demo accounts: 2 created" in result.output
    assert DEMO_PASSWORD in result.output
    assert status_of_sign_in(app) == 200
    assert DEMO_PASSWORD in app.test_client().get("/").text


def test_those_that_are_there_are_not_shown_to_other_machines(make_app: MakeApp) -> None:
    make_app().test_cli_runner().invoke(args=ARGS)
    app = make_app(host="::")
    result = app.test_cli_runner().invoke(args=ARGS)
    assert result.exit_code == 1
    assert "users disable NAME for sara and fahad" in result.output
    for name in ("sara", "fahad"):
        app.test_cli_runner().invoke(args=["users", "disable", name])
    assert app.test_cli_runner().invoke(args=ARGS).exit_code == 0
    assert DEMO_PASSWORD not in app.test_client().get("/").text


def test_nobody_becomes_a_demo_account_by_its_name_and_password(make_app: MakeApp) -> None:
    app = make_app(host="::")
    app.test_cli_runner().invoke(args=ARGS)
    body = {"username": "sara", "password": DEMO_PASSWORD}
    assert app.test_client().post("/api/v1/auth/register/", json=body).status_code == 400
    own = body | {"password": "another-camel-9"}
    assert app.test_client().post("/api/v1/auth/register/", json=own).status_code == 201
    assert DEMO_PASSWORD not in app.test_client().get("/").text
