"""Inviting by link: whoever has it may accept, once; nobody else learns or changes anything."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient

from qader_sse.domain.presenters import Viewer
from qader_sse.service import Service
from qader_sse.web.api import invite_links, schemas
from tests.support.clock import SettableClock
from tests.support.duel import CHALLENGES
from tests.support.streams import stored_frames
from tests.support.tables import unchanged
from tests.web.test_challenges import checked

LINKS = "/api/v1/challenges/links/"
QUICK = {"challenge_type": "quick_quant_10"}

AsUser = Callable[[str], FlaskClient]


@pytest.fixture
def noura(people: dict[str, int], as_user: AsUser) -> FlaskClient:
    return as_user("noura")


def begin(client: FlaskClient, body: dict[str, str] | None = None) -> Any:
    return checked(schemas.DetailResponse, client.post(LINKS, json=body or QUICK), 201)


def link_of(client: FlaskClient, challenge_id: int) -> Any:
    answer = client.get(f"{CHALLENGES}{challenge_id}/link/")
    return checked(invite_links.LinkResponse, answer)


def join(client: FlaskClient, token: str) -> Any:
    return client.post(f"{LINKS}accept/", json={"token": token})


@pytest.mark.claim("R22")
def test_whoever_has_the_link_accepts_and_the_duel_can_be_played(
    noura: FlaskClient, as_user: AsUser, service: Service, people: dict[str, int]
) -> None:
    created = begin(noura)
    assert (created["status"], created["opponent"]) == ("pending_invite", None)
    assert len(created["attempts"]) == 1
    token = link_of(noura, created["id"])["token"]
    joined = checked(schemas.DetailResponse, join(as_user("khalid"), token))
    assert (joined["id"], joined["status"]) == (created["id"], "accepted")
    assert joined["opponent"]["username"] == "khalid"
    frames = stored_frames(service, created["id"], Viewer(people["noura"], "en"))
    assert [frame.type for frame in frames] == ["challenge.update", "challenge.update"]
    news = noura.get("/api/v1/challenges/notifications/events/?after=0").get_json()["events"]
    assert news[-1]["type"] == "challenge_accepted_notification"
    assert news[-1]["payload"] == {"challenge_id": created["id"], "accepted_by": "khalid"}


@pytest.mark.claim("R22", "R24")
def test_the_second_one_is_told_and_the_first_one_may_repeat_it(
    noura: FlaskClient, as_user: AsUser, service: Service
) -> None:
    token = link_of(noura, begin(noura)["id"])["token"]
    khalid, stranger = as_user("khalid"), as_user("stranger")
    assert join(khalid, token).status_code == 200
    with unchanged(service):
        assert join(khalid, token).status_code == 200
        late = join(stranger, token)
    assert late.status_code == 400
    assert late.get_json() == {
        "detail": "Somebody has accepted this invite already. Ask for a new link."
    }
    assert stranger.get(f"/join/{token}/").status_code == 400


@pytest.mark.claim("R23")
def test_one_open_link_a_type_is_returned_again(noura: FlaskClient, as_user: AsUser) -> None:
    first, again = begin(noura), begin(noura)
    assert first["id"] == again["id"]
    assert link_of(noura, first["id"]) == link_of(noura, first["id"])
    other = begin(noura, {"challenge_type": "accuracy_challenge"})
    assert other["id"] != first["id"]
    join(as_user("khalid"), link_of(noura, first["id"])["token"])
    assert begin(noura)["id"] not in (first["id"], other["id"])


@pytest.mark.claim("R23")
def test_the_link_is_shown_to_its_challenger_alone_and_as_long_as_it_can_be_used(
    noura: FlaskClient, as_user: AsUser
) -> None:
    challenge_id = begin(noura)["id"]
    token = link_of(noura, challenge_id)["token"]
    address = f"{CHALLENGES}{challenge_id}/link/"
    assert as_user("stranger").get(address).status_code == 404
    joined = join(as_user("khalid"), token)
    assert token not in joined.text
    assert as_user("khalid").get(address).status_code == 403
    assert noura.get(address).status_code == 400


def test_the_address_is_that_of_a_page_and_the_qr_code_is_an_svg(noura: FlaskClient) -> None:
    link = link_of(noura, begin(noura)["id"])
    assert link["url"] == f"http://localhost/join/{link['token']}/"
    assert link["qr_svg"].startswith('<svg xmlns="http://www.w3.org/2000/svg"')


@pytest.mark.claim("R24")
@pytest.mark.parametrize("client", ["a stranger to the service", "khalid"])
def test_opening_the_link_shows_who_invites_and_changes_nothing(
    noura: FlaskClient, as_user: AsUser, app: Flask, service: Service, client: str
) -> None:
    link = link_of(noura, begin(noura)["id"])
    reader = as_user(client) if client == "khalid" else app.test_client()
    with unchanged(service):
        page = reader.get(f"/en/join/{link['token']}/")
    assert page.status_code == 200
    assert "Noura challenges you" in page.text.replace("\u2068", "").replace("\u2069", "")
    assert 'property="og:image" content="http://localhost/' in page.text
    assert page.headers["Referrer-Policy"] == "same-origin"


def test_the_page_names_the_account_beside_a_name_that_anybody_may_have_written(
    noura: FlaskClient, app: Flask
) -> None:
    noura.patch("/api/v1/users/me/", json={"preferred_name": "<b>khalid</b>"})
    link = link_of(noura, begin(noura)["id"])
    page = app.test_client().get(f"/en/join/{link['token']}/").text
    assert "<b>khalid" not in page
    assert page.count('<bdi class="username hint">noura</bdi>') == 2


def test_all_links_of_the_page_lead_where_they_lead_elsewhere(
    noura: FlaskClient, app: Flask
) -> None:
    link = link_of(noura, begin(noura)["id"])
    page = f"http://localhost/ar/join/{link['token']}/"
    found = re.findall(r'<a [^>]*href="([^"]+)"', app.test_client().get(page).text)
    paths = {urlsplit(urljoin(page, href)).path for href in found if not href.startswith("#")}
    other_language = f"/en/join/{link['token']}/"
    assert paths >= {"/ar/", "/ar/account/", other_language}
    assert [path for path in paths - {other_language} if "join" in path] == []


def test_players_who_open_the_link_come_to_their_duel(noura: FlaskClient) -> None:
    challenge_id = begin(noura)["id"]
    page = noura.get(f"/ar/join/{link_of(noura, challenge_id)['token']}/")
    assert (page.status_code, page.location) == (302, f"/ar/#challenge-{challenge_id}")


def test_nobody_accepts_their_own_link(noura: FlaskClient, service: Service) -> None:
    token = link_of(noura, begin(noura)["id"])["token"]
    with unchanged(service):
        assert join(noura, token).status_code == 400


@pytest.mark.parametrize(
    "change",
    [
        lambda token: token[:-1] + ("A" if token[-1] != "A" else "B"),
        lambda token: f"9{token}",
        lambda token: token.partition("-")[0],
        lambda token: f"{token} ",
        lambda token: "٣" + token[1:],
        lambda token: "",
    ],
)
@pytest.mark.claim("R24")
def test_a_token_that_was_changed_is_none(
    noura: FlaskClient, as_user: AsUser, service: Service, change: Callable[[str], str]
) -> None:
    token = change(link_of(noura, begin(noura)["id"])["token"])
    khalid = as_user("khalid")
    with unchanged(service):
        assert join(khalid, token).status_code == 404


@pytest.mark.claim("R24")
def test_a_withdrawn_or_expired_link_is_none(
    noura: FlaskClient, as_user: AsUser, clock: SettableClock, app: Flask
) -> None:
    withdrawn = begin(noura)["id"]
    first = link_of(noura, withdrawn)["token"]
    assert noura.post(f"{CHALLENGES}{withdrawn}/cancel/").status_code == 200
    second = link_of(noura, begin(noura)["id"])["token"]
    assert join(as_user("khalid"), first).status_code == 404
    clock.advance(24 * 3600)
    assert join(as_user("khalid"), second).status_code == 404
    assert app.test_client().get(f"/join/{second}/").status_code == 404


def test_who_has_blocked_or_is_blocked_does_not_join(
    noura: FlaskClient, as_user: AsUser, service: Service
) -> None:
    token = link_of(noura, begin(noura)["id"])["token"]
    khalid, stranger = as_user("khalid"), as_user("stranger")
    noura.post("/api/v1/users/khalid/block/")
    stranger.post("/api/v1/users/noura/block/")
    with unchanged(service):
        assert join(khalid, token).status_code == 404
        assert khalid.get(f"/join/{token}/").status_code == 404
        assert join(stranger, token).get_json() == {
            "detail": "You have blocked this player. Unblock them first."
        }


def test_an_open_invite_is_found_by_no_search_and_listed_for_nobody_else(
    noura: FlaskClient, as_user: AsUser
) -> None:
    challenge_id = begin(noura)["id"]
    khalid = as_user("khalid")
    search = khalid.post(CHALLENGES, json=QUICK).get_json()
    assert search["status"] == "pending_matchmaking"
    listed = khalid.get(f"{CHALLENGES}?is_pending_invite_for_user=true").get_json()
    assert listed["results"] == []
    assert [one["id"] for one in noura.get(CHALLENGES).get_json()["results"]] == [challenge_id]


def test_joining_ends_the_searches_of_both(noura: FlaskClient, as_user: AsUser) -> None:
    token = link_of(noura, begin(noura)["id"])["token"]
    khalid = as_user("khalid")
    search = khalid.post(CHALLENGES, json={"challenge_type": "accuracy_challenge"}).get_json()["id"]
    assert join(khalid, token).status_code == 200
    assert khalid.get(f"{CHALLENGES}{search}/").get_json()["status"] == "cancelled"


@pytest.mark.claim("R26")
def test_whoever_is_away_when_their_link_is_accepted_has_an_hour_and_may_search(
    noura: FlaskClient, as_user: AsUser, service: Service, clock: SettableClock
) -> None:
    joined = join(as_user("khalid"), link_of(noura, begin(noura)["id"])["token"]).get_json()
    for seconds in (61, 3600):
        search = noura.post(CHALLENGES, json=QUICK)
        assert (search.status_code, search.get_json()["status"]) == (201, "pending_matchmaking")
        assert noura.get(f"{CHALLENGES}{joined['id']}/").get_json()["status"] == "accepted"
        clock.advance(seconds)
        service.sweeper.run_once()
    assert noura.get(f"{CHALLENGES}{joined['id']}/").get_json()["status"] == "expired"
    assert noura.post(CHALLENGES, json=QUICK).status_code == 201
