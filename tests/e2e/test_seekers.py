"""Who looks for an opponent and closes the page is passed over; who stays, or polls, is not."""

from collections.abc import Iterator

import pytest
from qader_client.rest import CHALLENGES, Api
from qader_client.watch import SocketWatcher, SseWatcher, Watcher

from cluster.local_server import LocalServer
from cluster.waiting import wait_until
from tests.support.duel import PASSWORD, QUICK_HASH


@pytest.fixture(scope="module")
def server() -> Iterator[LocalServer]:
    with LocalServer(
        PASSWORD_HASH_METHOD=QUICK_HASH, SEEKER_AWAY_SECONDS="1", PRESENCE_SECONDS="0.2"
    ) as server:
        server.flask("users", "seed", "--count", "20", "--prefix", "player", "--password", PASSWORD)
        yield server


@pytest.fixture(params=["sse", "websocket", "polling", "nothing"])
def way(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def watch(api: Api, challenge_id: int, way: str) -> Watcher | None:
    if way == "sse":
        return SseWatcher(api, "/sse/challenges/notifications/").open()
    if way == "websocket":
        return SocketWatcher(api, f"/ws/challenges/{challenge_id}/").open()
    return None


def test_a_seeker_is_found_for_as_long_as_they_are_there(server: LocalServer, way: str) -> None:
    numbers = {"sse": (1, 2), "websocket": (3, 4), "polling": (5, 6), "nothing": (7, 8)}[way]
    seeker, other = (Api.signed_in(server.base_url, f"player{n}", PASSWORD) for n in numbers)
    kind = "accuracy_challenge"
    challenge_id = seeker.create(kind).body["id"]
    watcher = watch(seeker, challenge_id, way)
    found: list[str] = []

    def time_has_passed() -> bool:
        """Let three times the allowed absence pass, looking for the seeker at no time."""
        if way == "polling":
            seeker.get(f"{CHALLENGES}{challenge_id}/events/?after=1")
        found.append("")
        return len(found) > 600  # of 5 ms each

    wait_until(time_has_passed, timeout=30)
    created = other.create(kind).body
    expected = "pending_matchmaking" if way == "nothing" else "accepted"
    assert created["status"] == expected
    if created["status"] == "pending_matchmaking":
        other.act(created["id"], "cancel")
        seeker.act(challenge_id, "cancel")
    if watcher:
        watcher.cut()
    for api in (seeker, other):
        api.close()
