"""The health checks: they answer at once, also while the service has more to do than it can."""

import time
from contextlib import ExitStack

import pytest
from flask import Flask

from qader_sse.service import Service

QUICKLY_SECONDS = 0.1


@pytest.mark.parametrize("address", ["/livez", "/readyz"])
def test_a_worker_whose_database_connections_are_all_in_use_is_ready(
    postgres_app: Flask, postgres_service: Service, address: str
) -> None:
    client = postgres_app.test_client()
    client.get("/readyz")  # the first one opens the connection of the check
    with ExitStack() as held:
        for _ in range(postgres_service.settings.database_pool_size):
            held.enter_context(postgres_service.database.autocommit())
        began = time.monotonic()
        response = client.get(address)
        took = time.monotonic() - began
    assert (response.status_code, response.get_json()["status"]) == (200, "ok")
    assert took < QUICKLY_SECONDS


def test_readiness_says_how_long_ago_the_database_answered(app: Flask) -> None:
    body = app.test_client().get("/readyz").get_json()
    assert body["database"] == "ok"
    assert 0 <= body["database_answered_seconds_ago"] < 3


def test_readiness_names_the_version_of_the_documents(app: Flask) -> None:
    client = app.test_client()
    published = client.get("/openapi/openapi.json").get_json()["info"]["version"]
    assert client.get("/readyz").get_json()["version"] == published
