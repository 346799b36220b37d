"""The limit of invites: those that are not accepted count for a day."""

from collections.abc import Callable, Iterator
from itertools import cycle

import pytest
from flask import Flask
from flask.testing import FlaskClient

from qader_sse import create_app
from qader_sse.domain.challenge_types import CHALLENGE_TYPES
from tests.conftest import dispose, make_settings
from tests.support.clock import SettableClock
from tests.support.duel import CHALLENGES
from tests.support.tables import unchanged

AsUser = Callable[[str], FlaskClient]
# Another type each time: an open invite of the same type would be returned as it is.
KINDS = cycle(CHALLENGE_TYPES)
LIMIT = 3
HOUR = 3600


@pytest.fixture
def app(database_url: str, clock: SettableClock) -> Iterator[Flask]:
    settings = make_settings(
        database_url,
        fair_shares=True,
        max_invites_per_day=LIMIT,
        new_account_questions_per_hour=1000,
    )
    app = create_app(settings, clock=clock)
    yield app
    dispose(app)


def an_invite() -> dict[str, str]:
    return {"challenge_type": next(KINDS), "opponent_username": "khalid"}


def invite(client: FlaskClient) -> int:
    response = client.post(CHALLENGES, json=an_invite())
    assert response.status_code == 201, response.json
    return int(response.json["id"])  # type: ignore[index]  # a detail


def test_an_invite_too_many_is_refused_with_the_time_to_retry(
    app: Flask, as_user: AsUser, clock: SettableClock
) -> None:
    client = as_user("noura")
    for _ in range(LIMIT):
        invite(client)
        clock.advance(HOUR)
    with unchanged(app.extensions["qader_sse"]):
        response = client.post(CHALLENGES, json=an_invite())
    assert response.status_code == 429
    assert response.headers["Retry-After"] == str(21 * HOUR)
    assert response.json == {
        "detail": "You have sent many invites in the last 24 hours that nobody has accepted."
        " Wait until one is accepted, or try again later."
    }
    clock.advance(21 * HOUR)
    invite(client)
    assert client.post(CHALLENGES, json=an_invite()).status_code == 429


@pytest.mark.parametrize("action", ["cancel", "decline"])
def test_cancelled_and_declined_invites_still_count(as_user: AsUser, action: str) -> None:
    """Otherwise a user could send and withdraw invites all day."""
    client, other = as_user("noura"), as_user("khalid")
    for _ in range(LIMIT):
        who = client if action == "cancel" else other
        assert who.post(f"{CHALLENGES}{invite(client)}/{action}/").status_code == 200
    assert client.post(CHALLENGES, json=an_invite()).status_code == 429


def test_accepted_invites_do_not_count(as_user: AsUser) -> None:
    client, other = as_user("noura"), as_user("khalid")
    for _ in range(3 * LIMIT):
        other.post(f"{CHALLENGES}{invite(client)}/accept/")
    invite(client)


def test_searches_and_the_invites_of_other_users_do_not_count(as_user: AsUser) -> None:
    client = as_user("noura")
    for _ in range(LIMIT):
        assert (
            client.post(CHALLENGES, json={"challenge_type": "accuracy_challenge"}).status_code
            == 201
        )
        invite(as_user("stranger"))
    invite(client)
