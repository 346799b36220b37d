"""Health checks at an address of their own are answered whatever the event loop of the worker does."""

import json
import time
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection
from typing import Any

import gevent
import pytest
from flask import Flask

from cluster.process import free_port
from qader_sse import create_app
from qader_sse.config import BadSetting
from qader_sse.service import Service
from qader_sse.web.health_listener import HealthListener
from tests.conftest import dispose, make_settings
from tests.support.streams import wait_until

STANDS_SECONDS = 0.5


@pytest.fixture
def app(database_url: str) -> Iterator[Flask]:
    settings = make_settings(database_url, health_address=f"127.0.0.1:{free_port()}")
    app = create_app(settings)
    yield app
    dispose(app)


@pytest.fixture
def service(app: Flask) -> Service:
    """A service that has a listener for health checks, which takes a loop soon for one that stands."""
    found: Service = app.extensions["qader_sse"]
    found.database_check.run_once()
    found.database_check.is_repeated = True
    HealthListener(found, STANDS_SECONDS).start()
    return found


def ask(service: Service, path: str) -> tuple[int, dict[str, Any]]:
    """Ask as a program on this machine does; gevent does not switch meanwhile."""
    assert service.settings.health_listener is not None
    host, port = service.settings.health_listener
    with closing(HTTPConnection(host, port, timeout=5)) as connection:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())


def test_it_says_the_same_as_the_service_itself(app: Flask, service: Service) -> None:
    assert ask(service, "/livez") == (200, {"status": "ok"})
    status, body = ask(service, "/readyz")
    answer = app.test_client().get("/readyz")
    age = "database_answered_seconds_ago"
    assert (status, body | {age: 0}) == (200, answer.get_json() | {age: 0})
    service.hub.drain()
    assert ask(service, "/readyz")[1]["status"] == "draining"
    assert ask(service, "/metrics")[0] == 404


def test_it_tells_of_a_loop_that_stands_and_of_one_that_turns_again(service: Service) -> None:
    watching = service.loop_lag.watch()
    gevent.sleep(0)
    time.sleep(STANDS_SECONDS + 0.2)  # this thread is that of the loop
    for path in ("/livez", "/readyz"):
        status, body = ask(service, path)
        assert (status, body["status"]) == (503, "stands")
        assert STANDS_SECONDS < body["loop_turned_seconds_ago"] < 5
    wait_until(lambda: ask(service, "/livez") == (200, {"status": "ok"}))
    watching.kill()


@pytest.mark.parametrize("address", ["9465", "127.0.0.1:", "127.0.0.1:70000"])
def test_an_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(BadSetting, match="HEALTH_ADDRESS must be an address with a port"):
        make_settings("sqlite://", health_address=address)
