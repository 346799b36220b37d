"""The health checks: they answer at once, also while the service has more to do than it can."""

import time
from contextlib import ExitStack
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.test import TestResponse

from qader_sse import create_app
from qader_sse.clock import SteadyClock
from qader_sse.service import Service
from tests.conftest import dispose, make_settings

QUICKLY_SECONDS = 0.1


def asked_often(client: FlaskClient, address: str) -> tuple[list[TestResponse], float]:
    """Ask five times; return the answers, and the seconds that the quickest one took.

    A wait in the service would make all of them slow, and a busy machine makes one or two.
    """
    answers, seconds = [], []
    for _ in range(5):
        began = time.monotonic()
        answers.append(client.get(address))
        seconds.append(time.monotonic() - began)
    return answers, min(seconds)


@pytest.mark.parametrize("address", ["/livez", "/readyz"])
def test_a_worker_whose_database_connections_are_all_in_use_is_ready(
    postgres_app: Flask, postgres_service: Service, address: str
) -> None:
    client = postgres_app.test_client()
    client.get("/readyz")  # the first one opens the connection of the check
    with ExitStack() as held:
        for _ in range(postgres_service.settings.database_pool_size):
            held.enter_context(postgres_service.database.autocommit())
        answers, seconds = asked_often(client, address)
    assert {(answer.status_code, answer.get_json()["status"]) for answer in answers} == {
        (200, "ok")
    }
    assert seconds < QUICKLY_SECONDS


def test_a_worker_whose_tables_are_older_than_its_version_is_not_ready(
    app: Flask, service: Service
) -> None:
    client = app.test_client()
    service.tables.run_once()
    assert client.get("/readyz").get_json()["tables"] == "ok"

    set_revision(service, "0001")
    service.tables.run_once()
    answer = client.get("/readyz")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
    assert {answer.get_json()[key] for key in ("status", "tables")} == {"unavailable", "outdated"}
    assert client.get("/livez").status_code == 200

    set_revision(service, "of-a-newer-version")
    service.tables.run_once()
    assert client.get("/readyz").status_code == 200


def test_where_the_database_does_not_answer_the_tables_are_as_they_were(service: Service) -> None:
    set_revision(service, "0001")
    service.tables.run_once()
    with service.database.transaction() as tx:
        tx.connection.exec_driver_sql("DROP TABLE alembic_version")
        tx.connection.exec_driver_sql("CREATE VIEW alembic_version AS SELECT gone FROM nowhere")
    service.tables.run_once()
    assert not service.tables.are_migrated


def test_a_check_that_a_background_task_repeats_is_never_waited_for(
    postgres_app: Flask, postgres_service: Service
) -> None:
    check, client = postgres_service.database_check, postgres_app.test_client()
    check.is_repeated = True
    check.close()
    answers, seconds = asked_often(client, "/readyz")
    assert seconds < QUICKLY_SECONDS
    assert {(answer.status_code, answer.get_json()["database"]) for answer in answers} == {
        (503, "away")
    }
    check.run_once()
    assert client.get("/readyz").status_code == 200


@pytest.mark.parametrize(("difference", "state"), [(4.0, "ok"), (-6.0, "off"), (6.0, "off")])
def test_a_clock_that_is_off_is_said_and_does_no_harm(
    database_url: str, difference: float, state: str
) -> None:
    clock = SteadyClock()
    clock.follow(timedelta(seconds=difference), timedelta(0))
    app = create_app(make_settings(database_url), clock=clock)
    answer = app.test_client().get("/readyz")
    dispose(app)
    assert (answer.status_code, answer.get_json()["clock"]) == (200, state)


def set_revision(service: Service, revision: str) -> None:
    with service.database.transaction() as tx:
        update = text("UPDATE alembic_version SET version_num = :revision")
        tx.connection.execute(update, {"revision": revision})


def test_a_health_check_gives_others_their_turn_when_it_is_answered_and_not_before(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns: list[float] = []
    monkeypatch.setattr(time, "sleep", turns.append)
    client = app.test_client()
    for address in ("/livez", "/readyz"):
        answer = client.get(address)
        assert (answer.status_code, turns) == (200, [])
        answer.close()
        assert turns == [0]
        turns.clear()
    client.get("/favicon.ico").close()
    assert turns == [0]


def test_readiness_says_how_long_ago_the_database_answered(app: Flask) -> None:
    body = app.test_client().get("/readyz").get_json()
    assert body["database"] == "ok"
    assert 0 <= body["database_answered_seconds_ago"] < 3


def test_readiness_names_the_version_of_the_documents(app: Flask) -> None:
    client = app.test_client()
    published = client.get("/openapi/openapi.json").get_json()["info"]["version"]
    assert client.get("/readyz").get_json()["version"] == published
