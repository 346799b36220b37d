"""`flask users reset-link NAME`: a link that sets a new password once, within its time."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from qader_sse.service import Service
from tests.support.clock import SettableClock
from tests.support.duel import PASSWORD, sign_in
from tests.support.tables import dump, refused, unchanged

RESET = "/api/v1/auth/password/reset/"
ME = "/api/v1/users/me/"
NEW = "another-camel-9"
VOID = {
    "detail": "This link is used, has expired, or was replaced by a newer one."
    " Ask whoever gave it to you for another."
}

AsUser = Callable[[str], FlaskClient]


@pytest.fixture
def link(app: Flask, people: dict[str, int]) -> Callable[[], str]:
    """Return a function that runs the command for noura and returns the secret in the link."""

    def run() -> str:
        args = ["users", "reset-link", "NOURA", "--address", "https://duels.example/"]
        result = app.test_cli_runner().invoke(args=args)
        assert result.exit_code == 0, result.output
        address, _, secret = result.output.strip().partition("#")
        assert address == "https://duels.example/reset/"
        return secret

    return run


@pytest.mark.claim("A12")
def test_a_link_sets_a_new_password_once_and_ends_all_sessions(
    app: Flask, service: Service, as_user: AsUser, link: Callable[[], str]
) -> None:
    phone, laptop, khalid = as_user("noura"), as_user("noura"), as_user("khalid")
    secret = link()
    assert secret not in str(dump(service))
    answer = app.test_client().post(RESET, json={"token": secret, "new_password": NEW})
    detail = "Your new password is set. Sign in with it."
    assert (answer.status_code, answer.json) == (200, {"ended_sessions": 2, "detail": detail})
    assert [client.get(ME).status_code for client in (phone, laptop, khalid)] == [401, 401, 200]
    body = {"username": "noura", "password": NEW}
    assert app.test_client().post("/api/v1/auth/login/", json=body).status_code == 200
    with unchanged(service):
        again = app.test_client().post(RESET, json={"token": secret, "new_password": PASSWORD})
        refused(again, 400, VOID)


def test_a_weak_password_leaves_the_link_unused(app: Flask, link: Callable[[], str]) -> None:
    secret = link()
    for weak in ("password1", "noura2010"):
        answer = app.test_client().post(RESET, json={"token": secret, "new_password": weak})
        assert list(answer.get_json()) == ["new_password"]
    good = app.test_client().post(RESET, json={"token": secret, "new_password": NEW})
    assert good.status_code == 200


@pytest.mark.claim("A12")
def test_a_link_is_void_when_it_expires_is_replaced_or_the_password_is_changed(
    app: Flask, clock: SettableClock, service: Service, link: Callable[[], str]
) -> None:
    replaced, late = link(), link()
    clock.advance(service.settings.reset_link_seconds)
    changed = link()
    body = {"old_password": PASSWORD, "new_password": "third-camel-11"}
    noura = sign_in(app.test_client(), "noura")
    assert noura.post("/api/v1/auth/password/", json=body).status_code == 200
    with unchanged(service):
        for secret in (replaced, late, changed, "banana", ""):
            answer = app.test_client().post(RESET, json={"token": secret, "new_password": NEW})
            refused(answer, 400, VOID)


def test_an_unknown_name_gets_no_link(app: Flask) -> None:
    result = app.test_cli_runner().invoke(args=["users", "reset-link", "nobody"])
    assert result.exit_code == 1
    assert result.output == "Error: There is no account named nobody.\n"
