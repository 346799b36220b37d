"""Two nodes of two workers with real Redis and PostgreSQL: what clients see of each fault."""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from qader_client.rest import Api
from qader_client.watch import SocketWatcher, SseWatcher

from cluster.local_cluster import Cluster
from cluster.waiting import wait_until
from tests.support.duel import PASSWORD, QUICK_HASH
from tests.support.http_duels import PATH, violations_in

pytestmark = pytest.mark.timeout(120)

# Makes a signed-in client of player N, through the load balancer or directly to one node.
Player = Callable[..., Api]


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with Cluster(PASSWORD_HASH_METHOD=QUICK_HASH, HEARTBEAT_SECONDS="0.5") as cluster:
        cluster.flask(
            "users", "seed", "--count", "20", "--prefix", "player", "--password", PASSWORD
        )
        yield cluster


@pytest.fixture
def player(cluster: Cluster) -> Iterator[Player]:
    with ExitStack() as clients:

        def sign_in(number: int, base_url: str | None = None) -> Api:
            api = Api.signed_in(base_url or cluster.base_url, f"player{number}", PASSWORD)
            clients.callback(api.close)
            return api

        yield sign_in


def readiness(cluster: Cluster) -> list[str]:
    with ExitStack() as clients:
        apis = [Api(node.base_url) for node in cluster.nodes]
        for api in apis:
            clients.callback(api.close)
        return [api.get("/readyz").body["status"] for api in apis]


@pytest.fixture(autouse=True)
def wait_until_healed(cluster: Cluster) -> Iterator[None]:
    """Wait until both nodes have recovered by themselves: each test starts without a fault."""
    yield
    wait_until(lambda: readiness(cluster) == ["ok", "ok"])
    for node in cluster.nodes:
        assert "Traceback" not in node.log


def test_a_player_on_one_node_sees_the_move_of_the_player_on_the_other(
    cluster: Cluster, player: Player
) -> None:
    first, second = (player(n, node.base_url) for n, node in enumerate(cluster.nodes, 1))
    challenge_id = first.create("quick_quant_10", "player2").body["id"]
    hers = SseWatcher(first, PATH.format(challenge_id)).open("0")
    his = SocketWatcher(second, f"/ws/challenges/{challenge_id}/").open(0)

    second.act(challenge_id, "accept")
    first.act(challenge_id, "ready")
    second.act(challenge_id, "ready")
    question = hers.wait_for("challenge.start").payload["questions"][0]["id"]
    first.answer(challenge_id, question, "A")
    second.answer(challenge_id, question, "B")

    for api, watcher in ((first, hers), (second, his)):
        watcher.wait_until(lambda watcher=watcher: len(watcher.ids) == 9)  # type: ignore[misc]
        assert watcher.ids == list(range(1, 10))
        assert violations_in(api, watcher) == []
        watcher.cut()
    assert {m.payload["user_id"] for m in hers.messages if m.type == "answer.result"} == {
        first.user_id,
        second.user_id,
    }


def test_signing_out_on_one_node_ends_the_streams_on_the_other(
    cluster: Cluster, player: Player
) -> None:
    api = player(3, cluster.nodes[0].base_url)
    elsewhere = Api(cluster.nodes[1].base_url, api.cookie)
    stream = SseWatcher(elsewhere, "/sse/challenges/notifications/").open()
    api.post("/api/v1/auth/logout/")
    stream.wait_until(lambda: not stream.is_open)
    assert stream.control[-1]["reason"] == "signed_out"
    stream.cut()
    elsewhere.close()


def test_a_user_online_on_one_node_is_listed_on_the_other(cluster: Cluster, player: Player) -> None:
    first, second = (
        player(n, node.base_url) for n, node in zip((6, 7), cluster.nodes, strict=True)
    )

    def online() -> set[str]:
        answer = second.get("/api/v1/users/online/").body
        return {person["username"] for person in answer["results"]}

    stream = SseWatcher(first, "/sse/challenges/notifications/").open()
    wait_until(lambda: "player6" in online())
    stream.cut()
    wait_until(lambda: "player6" not in online())


def test_what_two_nodes_sent_to_one_browser_is_explained_by_either(
    cluster: Cluster, player: Player
) -> None:
    first, second = cluster.nodes
    one, two = player(19, first.base_url), player(20, second.base_url)
    challenge_id = one.create("quick_quant_10", "player20").body["id"]
    left = SseWatcher(one, PATH.format(challenge_id)).open()
    two.act(challenge_id, "accept")
    left.wait_until(lambda: left.ids[-1:] == [2])
    left.cut()
    same_browser = Api(second.base_url, one.cookie)
    back = SseWatcher(same_browser, PATH.format(challenge_id)).open(last_event_id="2")
    expected = (
        r"Event 2 .* it was written to A between .*;"
        r" the client's next resume \(B, at \S+\) acknowledged it: it asked from 2\."
    )

    def explained() -> re.Match[str] | None:
        told = second.flask("explain", str(challenge_id), "player19", "--event", "2")
        return re.search(expected, " ".join(told.split()))

    wait_until(explained)
    back.cut()
    same_browser.close()


@pytest.mark.parametrize("fault", ["killed", "partitioned"])
def test_without_redis_events_still_arrive_with_more_latency(
    cluster: Cluster, player: Player, fault: str
) -> None:
    first, second = (
        player(n, node.base_url) for n, node in zip((4, 5), cluster.nodes, strict=True)
    )
    challenge_id = first.create("quick_quant_10", "player5").body["id"]
    stream = SseWatcher(second, PATH.format(challenge_id)).open("0")

    if fault == "killed":
        cluster.redis.kill()
    else:
        cluster.redis_proxy.partition()
    wait_until(lambda: readiness(cluster) == ["degraded", "degraded"])
    assert first.act(challenge_id, "ready").status == 200
    stream.wait_for("participant.update")
    assert second.act(challenge_id, "accept").status == 200
    assert stream.is_open
    if fault == "killed":
        cluster.redis.start()
    else:
        cluster.redis_proxy.pass_through()
    wait_until(lambda: readiness(cluster) == ["ok", "ok"])
    assert second.act(challenge_id, "ready").status == 200
    stream.wait_for("challenge.start")

    assert stream.ids == list(range(1, 6))
    for node in cluster.nodes:
        assert "degraded: the bus is away" in node.log
    stream.cut()


@pytest.mark.claim("C12", "R6")
@pytest.mark.parametrize("fault", ["killed", "partitioned"])
def test_without_postgresql_streams_stay_open_and_actions_get_a_503_with_retry_after(
    cluster: Cluster, player: Player, fault: str
) -> None:
    first, second = player(6), player(7)
    challenge_id = first.create("quick_quant_10", "player7").body["id"]
    path = PATH.format(challenge_id)
    stream = SseWatcher(second, path).open("0")
    socket = SocketWatcher(second, f"/ws/challenges/{challenge_id}/").open(0)
    for watcher in (stream, socket):
        watcher.wait_for("challenge.update")

    if fault == "killed":
        cluster.postgres.kill()
    else:
        cluster.postgres_proxy.partition()
    wait_until(lambda: readiness(cluster) == ["unavailable", "unavailable"], timeout=40)
    refused = first.act(challenge_id, "ready")
    assert refused.status == 503
    assert refused.headers["Retry-After"] == "2"
    assert refused.body["detail"].startswith("The service is busy. Nothing has changed")
    refused_stream = SseWatcher(second, path).open("0")
    refused_stream.wait_until(lambda: not refused_stream.is_open)
    assert (refused_stream.status, refused_stream.control[-1]["reason"]) == (200, "limit")
    refused_socket = SocketWatcher(second, f"/ws/challenges/{challenge_id}/").open(0)
    refused_socket.wait_until(lambda: refused_socket.close_code is not None)
    assert (refused_socket.close_code, refused_socket.close_reason) == (1013, "limit")
    assert stream.is_open
    assert socket.close_code is None
    if fault == "killed":
        cluster.postgres.start()
    else:
        cluster.postgres_proxy.pass_through()
    wait_until(lambda: first.act(challenge_id, "ready").status == 200)

    for watcher in (stream, socket):
        watcher.wait_for("participant.update")
        assert watcher.ids == [1, 2]
    assert [control["state"] for control in stream.control] == ["open"]
    for watcher in (stream, socket, refused_stream, refused_socket):
        watcher.cut()


def test_a_reload_moves_every_stream_and_loses_nothing(cluster: Cluster, player: Player) -> None:
    first, second = player(8), player(9)
    challenge_id = first.create("quick_quant_10", "player9").body["id"]
    stream = SseWatcher(second, PATH.format(challenge_id)).open("0")
    socket = SocketWatcher(second, f"/ws/challenges/{challenge_id}/").open(0)
    for watcher in (stream, socket):
        watcher.wait_for("challenge.update")
    old = [set(node.worker_pids) for node in cluster.nodes]

    for node in cluster.nodes:
        node.reload()

    assert not any(
        old & set(node.worker_pids) for old, node in zip(old, cluster.nodes, strict=True)
    )
    stream.wait_until(lambda: not stream.is_open)
    socket.wait_until(lambda: socket.close_code is not None)
    assert stream.control[-1]["reason"] == "draining"
    assert (socket.close_code, socket.close_reason) == (1012, "draining")
    assert first.act(challenge_id, "ready").status == 200
    stream.cut()
    stream.open()
    stream.wait_until(lambda: stream.ids == [1, 2])
    stream.cut()
    socket.cut()
