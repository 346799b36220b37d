"""Blocking: no invites and no matches between two people, and nothing that tells the blocked one."""

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import delete

from qader_sse.domain.presenters import Viewer
from qader_sse.domain.violations import NotAParticipant
from qader_sse.service import Service
from qader_sse.store.models import User
from qader_sse.store.session_models import LoginSession
from qader_sse.use_cases import blocks as use_case
from tests.support.duel import CHALLENGES, add_users, play_to_the_end, started_duel
from tests.support.tables import unchanged
from tests.test_growth import row_counts

AsUser = Callable[[str], FlaskClient]
People = dict[str, int]

KIND = "quick_quant_10"
BLOCKED = "/api/v1/users/blocked/"
ONLINE = "/api/v1/users/online/"
ME = "/api/v1/users/me/"


def block_path(username: str) -> str:
    return f"/api/v1/users/{username}/block/"


def invite(client: FlaskClient, username: str | None = None) -> Any:
    return client.post(CHALLENGES, json={"challenge_type": KIND, "opponent_username": username})


def notified(client: FlaskClient) -> list[str]:
    page = client.get("/api/v1/challenges/notifications/events/?after=0").get_json()
    return [event["type"] for event in page["events"]]


@pytest.fixture
def khalid(as_user: AsUser, people: People) -> FlaskClient:
    """Khalid, who is blocked by noura."""
    khalid = as_user("khalid")
    assert as_user("noura").post(block_path("khalid")).status_code == 204
    return khalid


@pytest.fixture
def noura(as_user: AsUser, khalid: FlaskClient) -> FlaskClient:
    return as_user("noura")


@pytest.mark.claim("A18")
def test_whom_one_has_blocked_is_listed_without_names(noura: FlaskClient) -> None:
    page = noura.get(BLOCKED).get_json()
    assert [(u["username"], u["full_name"]) for u in page["results"]] == [("khalid", None)]
    assert page["count"] == 1
    for _ in range(2):
        assert noura.delete(block_path("KHALID")).status_code == 204
    assert noura.get(BLOCKED).get_json() == {"count": 0, "results": []}


def test_nobody_sees_whom_others_have_blocked(khalid: FlaskClient) -> None:
    assert khalid.get(BLOCKED).get_json() == {"count": 0, "results": []}


@pytest.mark.claim("A19")
def test_an_invite_of_the_blocked_one_is_answered_and_never_shown(
    service: Service, noura: FlaskClient, khalid: FlaskClient, people: People
) -> None:
    answer = invite(khalid, "noura")
    assert (answer.status_code, answer.get_json()["status"]) == (201, "pending_invite")
    path = f"{CHALLENGES}{answer.get_json()['id']}/"
    assert noura.get(CHALLENGES).get_json()["count"] == 0
    assert notified(noura) == []
    assert noura.get(path).status_code == 404
    for action in ("accept/", "decline/", "ready/", "cancel/"):
        with unchanged(service):
            assert noura.post(f"{path}{action}").status_code == 404
    assert noura.get(f"{path}events/").status_code == 404
    for cursor in (None, 0):
        with pytest.raises(NotAParticipant):
            service.opener.challenge(answer.get_json()["id"], Viewer(people["noura"], "en"), cursor)

    assert khalid.post(f"{path}ready/").status_code == 200
    assert khalid.post(f"{path}cancel/").status_code == 200
    assert notified(noura) == []
    assert noura.get(CHALLENGES).get_json()["count"] == 0


def test_an_invite_that_is_there_already_vanishes_for_the_one_who_blocks(
    as_user: AsUser, people: People
) -> None:
    noura, khalid = as_user("noura"), as_user("khalid")
    path = f"{CHALLENGES}{invite(khalid, 'noura').get_json()['id']}/"
    before = khalid.get(f"{path}events/?after=0").get_data()
    noura.post(block_path("khalid"))
    assert khalid.get(f"{path}events/?after=0").get_data() == before
    assert noura.get(path).status_code == 404
    assert noura.post(f"{path}accept/").status_code == 404
    noura.delete(block_path("khalid"))
    assert noura.post(f"{path}accept/").status_code == 200


@pytest.mark.claim("A20")
def test_blocking_withdraws_ones_own_invite_as_by_hand(as_user: AsUser, people: People) -> None:
    noura, khalid = as_user("noura"), as_user("khalid")
    path = f"{CHALLENGES}{invite(noura, 'khalid').get_json()['id']}/"
    noura.post(block_path("khalid"))
    assert khalid.get(path).get_json()["status"] == "cancelled"
    assert notified(khalid) == ["new_challenge_invite", "challenge_cancelled_notification"]


@pytest.mark.claim("A20")
def test_who_blocks_is_told_to_unblock_before_inviting(
    service: Service, noura: FlaskClient
) -> None:
    with unchanged(service):
        answer = invite(noura, "khalid")
    said = {"detail": "You have blocked this player. Unblock them first."}
    assert (answer.status_code, answer.get_json()) == (400, said)


@pytest.mark.claim("A19")
def test_two_of_whom_one_has_blocked_the_other_are_never_matched(
    noura: FlaskClient, khalid: FlaskClient
) -> None:
    for first, second in ((noura, khalid), (khalid, noura)):
        answers = [invite(client).get_json() for client in (first, second)]
        assert [answer["status"] for answer in answers] == ["pending_matchmaking"] * 2
        for client, answer in zip((first, second), answers, strict=True):
            client.post(f"{CHALLENGES}{answer['id']}/cancel/")


@pytest.mark.claim("A19")
def test_a_running_duel_goes_on_and_a_rematch_is_like_an_invite(
    service: Service, as_user: AsUser, people: People
) -> None:
    duel = started_duel(service, people["noura"], "khalid")
    noura, khalid = as_user("noura"), as_user("khalid")
    noura.post(block_path("khalid"))
    play_to_the_end(service, duel)
    assert noura.get(f"{CHALLENGES}{duel.id}/results/").status_code == 200
    assert noura.post(f"{CHALLENGES}{duel.id}/rematch/").status_code == 400
    answer = khalid.post(f"{CHALLENGES}{duel.id}/rematch/")
    assert (answer.status_code, answer.get_json()["status"]) == (201, "pending_invite")
    assert noura.get(f"{CHALLENGES}?status=pending_invite").get_json()["count"] == 0


@pytest.mark.claim("A19")
def test_neither_sees_the_other_online(
    noura: FlaskClient, khalid: FlaskClient, as_user: AsUser
) -> None:
    for client in (noura, khalid):
        assert client.get(ONLINE).get_json() == {"count": 0, "results": []}
    assert as_user("stranger").get(ONLINE).get_json()["count"] == 2


@pytest.mark.claim("A17")
def test_one_may_be_left_out_of_the_list_of_who_is_online(as_user: AsUser, people: People) -> None:
    noura, khalid = as_user("noura"), as_user("khalid")
    khalid.get(ONLINE)
    assert khalid.patch(ME, json={"listed_online": False}).get_json()["listed_online"] is False
    assert noura.get(ONLINE).get_json() == {"count": 0, "results": []}
    assert khalid.patch(ME, json={}).get_json() == khalid.get(ME).get_json()
    assert khalid.patch(ME, json={"listed_online": True}).get_json()["listed_online"] is True
    assert noura.get(ONLINE).get_json()["count"] == 1


@pytest.mark.parametrize("body", [{"listed_online": "no"}, {"listed": False}, {"username": "X"}])
def test_a_preference_that_is_none_is_refused(
    service: Service, noura: FlaskClient, body: dict[str, object]
) -> None:
    with unchanged(service):
        assert noura.patch(ME, json=body).status_code == 400


@pytest.mark.parametrize(
    ("username", "status", "text"),
    [
        ("nobody", 404, "There is no player with this username. Check the spelling."),
        ("noura", 400, "You cannot block yourself."),
    ],
)
def test_nobody_can_block_themselves_or_who_is_not_there(
    service: Service, noura: FlaskClient, username: str, status: int, text: str
) -> None:
    with unchanged(service):
        answer = noura.post(block_path(username))
    assert (answer.status_code, answer.get_json()) == (status, {"detail": text})


@pytest.mark.claim("A18")
def test_how_many_one_may_block_is_limited(
    service: Service, noura: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(use_case, "MAX_BLOCKED", 1)
    add_users(service, "huda")
    with unchanged(service):
        assert noura.post(block_path("khalid")).status_code == 204  # blocked already
        assert noura.post(block_path("huda")).status_code == 400


def test_a_block_goes_with_either_account(
    service: Service, noura: FlaskClient, people: People
) -> None:
    noura.post(block_path("stranger"))
    with service.database.transaction() as tx:
        tx.connection.execute(delete(LoginSession))
        tx.connection.execute(delete(User).where(User.id == people["khalid"]))
    assert row_counts(service)["blocks"] == 1
    with service.database.transaction() as tx:
        tx.connection.execute(delete(User).where(User.id == people["noura"]))
    assert row_counts(service)["blocks"] == 0
