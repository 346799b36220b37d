"""Who is present at a worker: whoever is online there, or was until a moment ago, or has acted."""

import time
from collections.abc import Callable

from flask.testing import FlaskClient

from qader_sse.domain.presenters import Viewer
from qader_sse.service import Service
from tests.support.duel import CHALLENGES, started_duel
from tests.support.streams import OpenStream, wait_until


def test_who_leaves_is_offline_at_once_and_present_for_a_moment_more(
    service: Service, people: dict[str, int]
) -> None:
    noura, hub = people["noura"], service.hub
    duel = started_duel(service, noura, "khalid")
    viewer = Viewer(noura, "en")
    streams = [
        OpenStream(service, viewer, service.opener.challenge(duel.id, viewer, None))
        for _ in range(2)
    ]
    streams[0].connection.detach()
    assert hub.online_user_ids() == {noura}
    assert hub.present_user_ids(0.001) == {noura}
    streams[1].connection.detach()
    assert hub.online_user_ids() == set()
    assert hub.present_user_ids(60) == {noura}
    wait_until(lambda: hub.present_user_ids(0.01) == set())
    assert hub.present_user_ids(60) == set()  # whoever is not present any more is forgotten


def test_who_acts_is_present_for_a_moment_and_not_online(service: Service) -> None:
    service.hub.note_action(7)
    assert (service.hub.online_user_ids(), service.hub.present_user_ids(60)) == (set(), {7})
    time.sleep(0.002)
    assert service.hub.present_user_ids(0.001) == set()


def test_who_begins_or_accepts_by_rest_is_present_and_who_only_reads_is_not(
    service: Service, people: dict[str, int], as_user: Callable[[str], FlaskClient]
) -> None:
    noura, khalid, stranger = (as_user(name) for name in ("noura", "khalid", "stranger"))
    stranger.get("/api/v1/challenges/types/")
    stranger.get(CHALLENGES)
    link = noura.post("/api/v1/challenges/links/", json={"challenge_type": "quick_quant_10"})
    assert service.hub.present_user_ids(60) == {people["noura"]}
    token = noura.get(f"{CHALLENGES}{link.get_json()['id']}/link/").get_json()["token"]
    accepted = khalid.post("/api/v1/challenges/links/accept/", json={"token": token})
    assert [attempt["is_online"] for attempt in accepted.get_json()["attempts"]] == [True, True]
    assert service.hub.present_user_ids(60) == {people["noura"], people["khalid"]}


def test_who_polls_is_online(service: Service) -> None:
    service.hub.note_poll(7)
    assert (service.hub.online_user_ids(), service.hub.present_user_ids(0.001)) == ({7}, {7})
