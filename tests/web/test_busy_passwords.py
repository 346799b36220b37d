"""What is answered while as many passwords are hashed as may be waited for."""

from collections.abc import Iterator
from threading import Event

import gevent
import pytest
from flask import Flask
from werkzeug.security import generate_password_hash

from qader_sse import create_app
from qader_sse.service import Service
from tests.conftest import dispose, make_settings
from tests.support.duel import PASSWORD
from tests.support.tables import unchanged


@pytest.fixture
def may_hash(monkeypatch: pytest.MonkeyPatch) -> Iterator[Event]:
    """What each hash waits for: how long one takes is not for the machine to say."""
    may_hash = Event()

    def hash_later(password: str, method: str) -> str:
        assert may_hash.wait(30)
        return generate_password_hash(password, method)

    monkeypatch.setattr("qader_sse.use_cases.passwords.generate_password_hash", hash_later)
    yield may_hash
    may_hash.set()


@pytest.fixture
def app(database_url: str, may_hash: Event) -> Iterator[Flask]:
    """An app in which nobody may wait while two hashes are computed."""
    app = create_app(make_settings(database_url, password_wait_seconds=0.01))
    yield app
    dispose(app)


@pytest.mark.claim("R6")
@pytest.mark.parametrize("path", ["register", "login"])
def test_who_would_wait_for_too_long_gets_a_503_with_retry_after_at_once(
    app: Flask, service: Service, may_hash: Event, path: str
) -> None:
    hashes = [gevent.spawn(service.passwords.hash, "correct-horse-7") for _ in range(2)]
    gevent.idle()
    with unchanged(service):
        body = {"username": "huda", "password": PASSWORD}
        answer = app.test_client().post(f"/api/v1/auth/{path}/", json=body)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
    assert answer.get_json()["detail"].startswith("The service is busy.")
    may_hash.set()
    gevent.joinall(hashes, raise_error=True)


@pytest.fixture
def patient_app(database_url: str, may_hash: Event) -> Iterator[Flask]:
    """An app in which passwords may wait for two seconds, as in production."""
    app = create_app(make_settings(database_url))
    yield app
    dispose(app)


@pytest.mark.claim("R6")
@pytest.mark.parametrize("slashes", ["/", "//", "/ar/", "/ar//"])
def test_a_source_whose_queue_is_full_is_refused_before_flask_and_no_other_one_is(
    patient_app: Flask, may_hash: Event, slashes: str
) -> None:
    passwords = patient_app.extensions["qader_sse"].passwords
    flood = [gevent.spawn(passwords.hash, "correct-horse-7", "192.0.2.1") for _ in range(100)]
    gevent.idle()
    body = {"username": "huda", "password": PASSWORD}
    client = patient_app.test_client()
    # Not as the client's path: it would take what follows two slashes for a host.
    full = {"REMOTE_ADDR": "192.0.2.1", "PATH_INFO": f"{slashes}api/v1/auth/login/"}
    refused = client.post(json=body, environ_overrides=full)
    assert (refused.status_code, int(refused.headers["Retry-After"]) >= 2) == (503, True)
    assert refused.get_json()["detail"].startswith("Too many sign-ins from your network")
    counted = patient_app.extensions["qader_sse"].answers
    assert counted["POST", "/api/v1/auth/login/", "503"] == 1
    elsewhere = {"REMOTE_ADDR": "192.0.2.2"}
    serving = gevent.spawn(client.post, "/api/v1/auth/login/", json=body, environ_base=elsewhere)
    gevent.idle()
    assert not serving.ready()
    may_hash.set()
    assert serving.get().status_code == 401
    gevent.killall(flood)
