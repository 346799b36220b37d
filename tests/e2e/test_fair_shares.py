"""Honest use and floods at a real server, with the limits as they come."""

import json
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing

import pytest
from qader_client.rest import Api
from qader_client.watch import SocketWatcher, SseWatcher

from cluster.local_server import LocalServer
from tests.support.duel import PASSWORD
from tests.support.http_duels import PATH
from tests.support.servers import MakeServer

PUPILS = 40
NOTIFICATIONS = "/sse/challenges/notifications/"
LOGIN, REGISTER = "/api/v1/auth/login/", "/api/v1/auth/register/"
HOME, SCHOOL, ATTACKER = "192.0.2.1", "192.0.2.2", "192.0.2.3"


@pytest.fixture(scope="module")
def server(make_server: MakeServer) -> Iterator[LocalServer]:
    settings = {"FAIR_SHARES": "true", "MAX_STREAMS": "40"}
    with make_server(**settings) as own:
        seed = ("--count", str(PUPILS), "--prefix", "pupil", "--password", PASSWORD)
        own.flask("users", "seed", *seed)
        yield own


def post(server: LocalServer, path: str, name: str, password: str, address: str) -> int:
    """Send a name and a password through a proxy, which says whose request it is."""
    api = Api(server.base_url)
    body = json.dumps({"username": name, "password": password}).encode()
    try:
        return api.request("POST", path, body, {"X-Forwarded-For": address}).status
    finally:
        api.close()


def test_a_class_registers_and_signs_in_behind_one_address(server: LocalServer) -> None:
    with ThreadPoolExecutor(PUPILS) as pupils:
        registered = pupils.map(
            lambda n: post(server, REGISTER, f"new{n}", PASSWORD, SCHOOL), range(PUPILS)
        )
        assert Counter(registered) == {201: PUPILS}
        signed_in = pupils.map(
            lambda n: post(server, LOGIN, f"pupil{n + 1}", PASSWORD, SCHOOL), range(PUPILS)
        )
        assert Counter(signed_in) == {200: PUPILS}


def test_a_flood_of_guesses_leaves_the_owner_and_the_others_alone(server: LocalServer) -> None:
    with ThreadPoolExecutor(20) as machines:
        guesses = Counter(
            machines.map(
                lambda n: post(server, LOGIN, "pupil1", f"wrong-{n}", ATTACKER), range(200)
            )
        )
    assert guesses[401] <= 6  # five, and one more if this took half a minute
    assert guesses == {401: guesses[401], 429: 200 - guesses[401]}
    assert post(server, LOGIN, "pupil1", PASSWORD, ATTACKER) == 429
    assert post(server, LOGIN, "pupil1", PASSWORD, HOME) == 200
    assert post(server, LOGIN, "pupil2", PASSWORD, ATTACKER) == 200


def test_one_address_registers_a_hundred_accounts_at_once_and_no_more(server: LocalServer) -> None:
    with ThreadPoolExecutor(20) as machines:
        registered = Counter(
            machines.map(
                lambda n: post(server, REGISTER, f"puppet{n}", PASSWORD, ATTACKER), range(150)
            )
        )
    assert 100 <= registered[201] <= 102
    assert registered[429] == 150 - registered[201]
    assert post(server, REGISTER, "honest", PASSWORD, HOME) == 201


def test_a_flood_of_streams_leaves_the_players_of_running_duels_their_places(
    server: LocalServer,
) -> None:
    with ExitStack() as clients:

        def sign_in(number: int) -> Api:
            api = Api.signed_in(server.base_url, f"pupil{number}", PASSWORD)
            clients.callback(api.close)
            return api

        def watch(api: Api, path: str) -> SseWatcher:
            watcher = SseWatcher(api, path).open()
            clients.callback(watcher.cut)
            return watcher

        noura, khalid, *flooders = map(sign_in, (3, 4, 5, 6))
        duel = noura.create("quick_quant_10", "pupil4").body["id"]
        for api, action in ((khalid, "accept"), (noura, "ready"), (khalid, "ready")):
            assert api.act(duel, action).status == 200

        flood = [watch(api, NOTIFICATIONS) for api in flooders for _ in range(24)]
        for watcher in flood:
            watcher.wait_until(lambda w=watcher: w.control)  # type: ignore[misc]
        refused = [w for w in flood if w.control[-1].get("reason") == "limit"]
        assert len(flood) - len(refused) == 36  # 24 of the first, and no place of the last tenth

        for api in (noura, khalid):
            playing = watch(api, PATH.format(duel))
            playing.wait_until(lambda w=playing: w.messages)  # type: ignore[misc]
        socket = SocketWatcher(flooders[0], "/ws/challenges/notifications/").open()
        clients.callback(socket.cut)
        socket.wait_until(lambda: socket.close_code is not None)
        assert (socket.close_code, socket.close_reason) == (1013, "limit")


def test_a_flood_of_messages_on_a_websocket_waits_for_its_refusals(server: LocalServer) -> None:
    """Also of those that are no messages: one person would take all of a worker's time."""
    api = Api.signed_in(server.base_url, "pupil8", PASSWORD)
    with closing(api):
        socket = SocketWatcher(api, "/ws/challenges/notifications/").open()
        begun_at = time.monotonic()
        for number in range(100):
            socket.send("{")
            socket.wait_until(lambda n=number: len(socket.replies) > n)  # type: ignore[misc]
        seconds = time.monotonic() - begun_at
        socket.cut()
    said = [reply["payload"]["detail"] for reply in socket.replies]
    refused = [text for text in said if text.startswith("This account sends too many requests.")]
    assert 0 < len(refused) <= seconds / 0.25
