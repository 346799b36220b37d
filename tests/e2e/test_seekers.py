"""A search is matched while its seeker is online, by a stream or by polling, and not after that."""

import time
from collections.abc import Iterator

import pytest
from qader_client.received import Watcher
from qader_client.rest import CHALLENGES, Api
from qader_client.watch import SocketWatcher, SseWatcher

from cluster.local_server import LocalServer
from cluster.waiting import wait_until
from tests.support.duel import PASSWORD
from tests.support.servers import MakeServer

SEEKER_AWAY_SECONDS = 1


@pytest.fixture(scope="module")
def server(make_server: MakeServer) -> Iterator[LocalServer]:
    with make_server(
        SEEKER_AWAY_SECONDS=str(SEEKER_AWAY_SECONDS),
        PRESENCE_SECONDS="0.2",
    ) as server:
        yield server


@pytest.fixture(params=["sse", "websocket", "polling", "nothing"])
def presence(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def watch(api: Api, challenge_id: int, presence: str) -> Watcher | None:
    if presence == "sse":
        return SseWatcher(api, "/sse/challenges/notifications/").open()
    if presence == "websocket":
        return SocketWatcher(api, f"/ws/challenges/{challenge_id}/").open()
    return None


@pytest.mark.claim("R12")
def test_a_search_is_matched_only_while_its_seeker_is_online(
    server: LocalServer, presence: str
) -> None:
    numbers = {"sse": (1, 2), "websocket": (3, 4), "polling": (5, 6), "nothing": (7, 8)}[presence]
    seeker, other = (Api.signed_in(server.base_url, f"player{n}", PASSWORD) for n in numbers)
    kind = "accuracy_challenge"
    challenge_id = seeker.create(kind).body["id"]
    watcher = watch(seeker, challenge_id, presence)
    away_until = time.monotonic() + 3 * SEEKER_AWAY_SECONDS

    def would_be_away() -> bool:
        """Poll, if the seeker does; return whether one that sent nothing would be away by now."""
        if presence == "polling":
            seeker.get(f"{CHALLENGES}{challenge_id}/events/?after=1")
        return time.monotonic() > away_until

    wait_until(would_be_away, timeout=30)
    created = other.create(kind).body
    expected = "pending_matchmaking" if presence == "nothing" else "accepted"
    assert created["status"] == expected
    if created["status"] == "pending_matchmaking":
        other.act(created["id"], "cancel")
        seeker.act(challenge_id, "cancel")
    if watcher:
        watcher.cut()
    for api in (seeker, other):
        api.close()
