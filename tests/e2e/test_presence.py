"""Two players whose streams come and go, at nodes of two workers each, with Redis and PostgreSQL."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest
from qader_client.rest import CHALLENGES, Api
from qader_client.watch import SseWatcher

from cluster.local_cluster import Cluster
from tests.support.duel import PASSWORD, QUICK_HASH
from tests.support.http_duels import PATH, start, violations_in

pytestmark = pytest.mark.timeout(300)

NOTIFICATIONS = "/sse/challenges/notifications/"
SETTLE_SECONDS, SILENT_SECONDS = 2.0, 3.0

Pair = tuple[Api, Api]


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with Cluster(
        PASSWORD_HASH_METHOD=QUICK_HASH,
        PRESENCE_SECONDS="0.3",
        PRESENCE_SETTLE_SECONDS=str(SETTLE_SECONDS),
        SEEKER_AWAY_SECONDS=str(SILENT_SECONDS),
    ) as cluster:
        cluster.flask("users", "seed", "--count", "8", "--prefix", "player", "--password", PASSWORD)
        yield cluster


@contextmanager
def stream(api: Api, path: str) -> Iterator[SseWatcher]:
    watcher = SseWatcher(api, path).open()
    watcher.wait_until(lambda: watcher.control)
    try:
        yield watcher
    finally:
        watcher.cut()


@contextmanager
def players(cluster: Cluster, first: int) -> Iterator[Pair]:
    """Sign in two players, each at a node of their own."""
    with ExitStack() as stack:
        apis = [
            Api.signed_in(node.base_url, f"player{number}", PASSWORD)
            for number, node in enumerate(cluster.nodes, first)
        ]
        for api in apis:
            stack.callback(api.close)
        yield apis[0], apis[1]


def told(watcher: SseWatcher, api: Api) -> list[bool]:
    """Return what was told of this player since the start, each change once."""
    updates = [m.payload for m in watcher.messages if m.type == "participant.update" and m.id > 5]
    return [update["is_online"] for update in updates if update["userId"] == api.user_id]


def online(detail: Any) -> list[bool]:
    return [attempt["is_online"] for attempt in detail["attempts"]]


def has_told(watcher: SseWatcher, api: Api, *expected: bool) -> None:
    watcher.wait_until(lambda: told(watcher, api) == list(expected))


@pytest.mark.claim("M28", "M29", "M30")
def test_who_goes_is_told_to_the_other_one_and_who_comes_back(cluster: Cluster) -> None:
    with players(cluster, 1) as (noura, khalid):
        duel = start(noura, khalid)
        path = PATH.format(duel["id"])
        with stream(noura, path) as hers:
            with stream(khalid, NOTIFICATIONS):  # any stream counts
                time.sleep(2 * SETTLE_SECONDS)
                assert told(hers, khalid) == []
            has_told(hers, khalid, False)
            assert online(noura.detail(duel["id"])) == [True, False]
            with stream(khalid, path) as his:
                has_told(hers, khalid, False, True)
                assert online(khalid.detail(duel["id"])) == [True, True]
                khalid.act(duel["id"], "leave")
                his.wait_for("challenge.end")
            hers.wait_for("challenge.end")
            assert violations_in(noura, hers) == []
            assert told(hers, noura)[:-1] == []  # only what precedes the end
        time.sleep(2 * SETTLE_SECONDS)
        found = noura.get(f"{CHALLENGES}{duel['id']}/events/?after={hers.ids[-1]}").body
        assert found["events"] == []
        assert online(noura.detail(duel["id"])) == [False, False]


@pytest.mark.claim("M29")
def test_a_reload_and_a_move_to_another_node_tell_nothing(cluster: Cluster) -> None:
    with players(cluster, 3) as (noura, khalid):
        elsewhere = Api(noura.base_url, khalid.cookie)
        duel = start(noura, khalid)
        path = PATH.format(duel["id"])
        with stream(noura, path) as hers:
            for api in 4 * [khalid, elsewhere]:
                with stream(api, path):
                    time.sleep(0.5)
                time.sleep(0.5)
            with stream(khalid, path):
                time.sleep(2 * SETTLE_SECONDS)
                assert (told(hers, noura), told(hers, khalid)) == ([], [])
        elsewhere.close()


@pytest.mark.claim("M29")
def test_the_people_of_a_node_that_was_killed_are_told_to_be_away(cluster: Cluster) -> None:
    with players(cluster, 5) as (noura, khalid):
        duel = start(noura, khalid)
        path = PATH.format(duel["id"])
        with stream(noura, path) as hers:
            with stream(khalid, path):
                time.sleep(2 * SETTLE_SECONDS)
                assert told(hers, khalid) == []
                cluster.nodes[1].kill()
            has_told(hers, khalid, False)
            cluster.nodes[1].start()
            with stream(khalid, path):
                has_told(hers, khalid, False, True)
                assert told(hers, noura) == []
