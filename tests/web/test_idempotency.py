"""Idempotency keys: a request that is repeated creates one challenge, not two."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from qader_sse.service import Service
from qader_sse.store import models
from tests.support.clock import SettableClock
from tests.support.duel import CHALLENGES, play_to_the_end, sign_in, started_duel
from tests.support.tables import refused, unchanged

AsUser = Callable[[str], FlaskClient]
INVITE = {"challenge_type": "quick_quant_10", "opponent_username": "khalid"}
SEARCH = {"challenge_type": "quick_quant_10"}


def create(client: FlaskClient, body: dict[str, str], key: str, path: str = CHALLENGES) -> Any:
    response = client.post(path, json=body, headers={"Idempotency-Key": key})
    assert response.status_code == 201, response.json
    return response.json


def count(service: Service) -> int:
    with service.database.read_transaction() as connection:
        return connection.scalar(select(func.count()).select_from(models.Challenge)) or 0


@pytest.mark.parametrize("body", [INVITE, SEARCH])
def test_the_same_request_with_the_same_key_creates_one_challenge(
    service: Service, as_user: AsUser, body: dict[str, str]
) -> None:
    client = as_user("noura")
    first = create(client, body, '"8e03978e-40d5-43dd-bc93-6894a57f9324"')
    with unchanged(service):
        again = create(client, body, '"8e03978e-40d5-43dd-bc93-6894a57f9324"')
    assert again == first
    other = body | {"challenge_type": "medium_verbal_15"}
    assert create(client, other, "another-key")["id"] != first["id"]
    assert count(service) == 2


@pytest.mark.claim("R10")
def test_a_retry_returns_the_challenge_in_its_current_state(
    service: Service, as_user: AsUser
) -> None:
    client = as_user("noura")
    first = create(client, INVITE, "k")
    as_user("khalid").post(f"{CHALLENGES}{first['id']}/accept/")
    again = create(client, INVITE, "k")
    assert (again["id"], again["status"]) == (first["id"], "accepted")


def test_a_search_that_was_matched_is_not_matched_again(service: Service, as_user: AsUser) -> None:
    waiting = create(as_user("khalid"), SEARCH, "k")
    client = as_user("noura")
    matched = create(client, SEARCH, "k")
    assert matched["id"] == waiting["id"]
    assert create(client, SEARCH, "k")["id"] == waiting["id"]
    assert count(service) == 1


def test_a_repeated_rematch_creates_one_challenge(
    service: Service, as_user: AsUser, people: dict[str, int]
) -> None:
    finished = play_to_the_end(service, started_duel(service, people["noura"], "khalid"))
    client, path = as_user("noura"), f"{CHALLENGES}{finished.id}/rematch/"
    first = create(client, {}, "k", path)
    assert create(client, {}, "k", path)["id"] == first["id"]
    assert count(service) == 2


@pytest.mark.claim("R10")
def test_a_key_is_the_same_with_and_without_quotes(as_user: AsUser) -> None:
    client = as_user("noura")
    assert create(client, INVITE, '"k"')["id"] == create(client, INVITE, "k")["id"]


def test_the_same_key_of_two_users_creates_two_challenges(
    service: Service, as_user: AsUser
) -> None:
    mine = create(as_user("noura"), INVITE, "k")
    theirs = create(as_user("stranger"), INVITE, "k")
    assert mine["id"] != theirs["id"]
    assert theirs["challenger"]["username"] == "stranger"


@pytest.mark.claim("R10")
def test_a_key_that_was_used_for_another_request_is_refused(
    service: Service, as_user: AsUser
) -> None:
    client = as_user("noura")
    create(client, INVITE, "k")
    for body in (SEARCH, INVITE | {"challenge_type": "medium_verbal_15"}):
        with unchanged(service):
            refused(
                client.post(CHALLENGES, json=body, headers={"Idempotency-Key": "k"}),
                400,
                {
                    "detail": "This Idempotency-Key was used for another request."
                    " Use a new one for each request."
                },
            )


def test_a_request_that_was_refused_leaves_its_key_unused(as_user: AsUser) -> None:
    client = as_user("noura")
    nobody = INVITE | {"opponent_username": "nobody"}
    response = client.post(CHALLENGES, json=nobody, headers={"Idempotency-Key": "k"})
    assert response.status_code == 400
    create(client, INVITE, "k")


@pytest.mark.parametrize("key", ["", " ", '""', "a" * 256, "schlüssel", 'a"b', "a b"])
def test_a_malformed_key_is_refused(service: Service, as_user: AsUser, key: str) -> None:
    client = as_user("noura")
    with unchanged(service):
        refused(
            client.post(CHALLENGES, json=INVITE, headers={"Idempotency-Key": key}),
            400,
            {
                "detail": "Idempotency-Key must be 1 to 255 printable ASCII characters,"
                " such as a UUID."
            },
        )


@pytest.mark.claim("R10")
def test_keys_are_deleted_after_a_day(
    service: Service, as_user: AsUser, clock: SettableClock
) -> None:
    client = as_user("noura")
    first = create(client, INVITE, "k")
    clock.advance(timedelta(days=1).total_seconds())
    service.sweeper.delete_old()
    assert create(client, INVITE, "k")["id"] == first["id"]
    clock.advance(1)
    service.sweeper.delete_old()
    assert create(client, INVITE, "k")["id"] != first["id"]


def test_many_requests_at_the_same_moment_create_one_challenge(
    app: Flask, service: Service, as_user: AsUser
) -> None:
    clients = [sign_in(as_user("noura"), "noura") for _ in range(8)]
    together = threading.Barrier(len(clients))
    ids: list[int] = []

    def ask(client: FlaskClient) -> None:
        together.wait()
        ids.append(create(client, INVITE, "k")["id"])

    threads = [threading.Thread(target=ask, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ids) == 8
    assert len(set(ids)) == 1
    assert count(service) == 1
