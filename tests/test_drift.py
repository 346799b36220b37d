"""What is answered and sent is held to the published documents: what departs from them is found."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from qader_client.rest import CHALLENGES, Api
from qader_client.watch import SseWatcher

from cluster.local_server import LocalServer
from qader_sse.domain.challenge import Challenge
from qader_sse.domain.presenters import Viewer
from qader_sse.service import Service
from tests.support.drift import FOLDER, Drift, checked
from tests.support.duel import PASSWORD, QUICK_HASH, started_duel
from tests.support.published import Answer, Published
from tests.support.streams import stored_frames

ME = "/api/v1/users/me/"
Documents = dict[str, Any]


@pytest.fixture
def documents(drift: Drift) -> Documents:
    return drift.documents()


@pytest.fixture
def forgetful(documents: Documents, tmp_path: Path) -> Drift:
    """Documents that have forgotten a field, a status, and a message of a channel."""
    openapi, asyncapi = documents["openapi.json"], documents["asyncapi.json"]
    for schemas in (openapi["components"]["schemas"], asyncapi["components"]["schemas"]):
        del schemas["SimpleUser"]["properties"]["grade"]
        schemas["SimpleUser"]["required"].remove("grade")
    del openapi["paths"][ME]["get"]["responses"]["401"]
    for channel in asyncapi["channels"].values():
        channel["messages"].pop("ChallengeStartMessage", None)
    for name, document in documents.items():
        (tmp_path / name).write_text(json.dumps(document))
    return Drift(tmp_path)


def answer(status: int, body: object = None, **headers: str) -> Answer:
    content = b"" if body is None else json.dumps(body).encode()
    kind = {} if body is None else {"content-type": "application/json"}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer("GET", "/ar/api/v1/users/online/", status, kind | named, content)


PERSON = {
    "id": 1,
    "username": "noura",
    "full_name": None,
    "preferred_name": None,
    "grade": None,
    "profile_picture_url": None,
}


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        (answer(200, {"count": 0, "results": []}), None),
        (answer(200, {"count": 1, "results": [PERSON]}), None),
        (answer(401, {"detail": "Nobody is signed in."}), None),
        (answer(503, {"detail": "Away."}, retry_after="2"), None),
        (answer(200, {"count": 0}), "results"),
        (answer(200, {"count": "0", "results": []}), "count"),
        (answer(200, {"count": 1, "results": [PERSON | {"email": "n@x.org"}]}), "results/0"),
        (answer(200, {"count": 0, "results": []}, set_cookie="a=b"), "Set-Cookie"),
        (answer(200), "content type"),
        (answer(418, {"detail": "I am a teapot."}), "status"),
        (answer(503, {"detail": "Away."}), "Retry-After is missing"),
        (answer(503, {"detail": "Away."}, retry_after="soon"), "Retry-After"),
    ],
)
def test_an_answer_is_compared_in_full(
    documents: Documents, given: Answer, fault: str | None
) -> None:
    found = list(Published(*documents.values()).answer_faults(given))
    if fault is None:
        assert found == []
    else:
        assert len(found) == 1
        assert fault in found[0]


@pytest.mark.parametrize(
    ("topic", "content", "is_known"),
    [
        ("control", {"state": "over"}, True),
        ("control", {"state": "over", "why": "it is over"}, False),
        ("control", {"state": "paused"}, False),
        ("control", {"type": "stream", "payload": {"state": "over"}}, True),
        ("connection", {"type": "error", "payload": {"detail": "No."}}, True),
        ("user", {"type": "ready_confirmation", "payload": {}}, False),
        ("user", {"type": "challenge.start", "payload": {}}, False),
    ],
)
def test_a_message_belongs_to_its_channel_and_has_its_shape(
    documents: Documents, topic: str, content: Documents, is_known: bool
) -> None:
    assert (not list(Published(*documents.values()).message_faults(topic, content))) is is_known


def test_a_field_and_a_status_that_the_document_forgot_are_found_in_an_answer(
    forgetful: Drift, people: dict[str, int], as_user: Callable[[str], FlaskClient]
) -> None:
    with checked(forgetful):
        client = as_user("noura")
        client.post(CHALLENGES, json={"challenge_type": "quick_quant_10"})
        assert any("'grade'" in fault for fault in forgetful.take_faults())
        client.application.test_client().get(ME)
        assert forgetful.take_faults() == [f"GET {ME}: 401: the status is not declared"]


def test_a_message_that_no_channel_has_is_found_where_it_is_sent(
    forgetful: Drift, service: Service, people: dict[str, int]
) -> None:
    with checked(forgetful):
        duel: Challenge = started_duel(service, people["noura"], "khalid")
        stored_frames(service, duel.id, Viewer(people["noura"], "en"))
    found = forgetful.take_faults()
    assert any("no channel has a message like {'type': 'challenge.start'" in f for f in found)
    assert any("challenge.update" in fault and "'grade'" in fault for fault in found)


@pytest.mark.programs
def test_what_a_real_server_answers_and_sends_is_compared_too(
    forgetful: Drift, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(FOLDER, str(forgetful.folder))
    with LocalServer(PASSWORD_HASH_METHOD=QUICK_HASH) as server:
        server.flask("users", "seed", "--count", "2", "--prefix", "p", "--password", PASSWORD)
        players = [Api.signed_in(server.base_url, name, PASSWORD) for name in ("p1", "p2")]
        players.append(Api(server.base_url))
        assert players[-1].get(ME).status == 401
        assert f"GET {ME}: 401: the status is not declared" in forgetful.take_faults()
        duel = players[0].create("quick_quant_10", "p2").body["id"]
        forgetful.take_faults()
        stream = SseWatcher(players[0], f"/sse/challenges/{duel}/").open()
        stream.wait_for("challenge.update")
        stream.cut()
        for player in players:
            player.close()
    assert any(fault.startswith("challenge: challenge.update") for fault in forgetful.take_faults())
