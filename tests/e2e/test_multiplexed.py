"""Several topics on one connection of a real server."""

import random
import signal
import time
from collections.abc import Callable

import pytest
from qader_client.rest import Api
from qader_client.watch import SseWatcher

from cluster.local_server import LocalServer
from cluster.waiting import wait_until
from conformance.duel_log import violations
from tests.support.duel import PASSWORD
from tests.support.http_duels import PATH, random_moves, start
from tests.support.servers import MakeServer
from tests.support.topics import TopicsWatcher

Player = Callable[[int], Api]


def test_three_duels_on_one_stream_that_is_cut_again_and_again_lose_nothing(player: Player) -> None:
    """The client reconnects with nothing but the address and the last id."""
    viewer, *rivals = (player(n) for n in (1, 2, 3, 4))
    chance = random.Random(1)
    details = [start(viewer, rival) for rival in rivals]
    names = [f"challenges/{detail['id']}" for detail in details]
    watcher = TopicsWatcher(viewer, [*names, "notifications"])
    watcher.open("_".join(f"{detail['id']}.0" for detail in details) + "_n.0")
    watcher.wait_until(lambda: len(watcher.control) == 4)
    cuts = 0
    moves = [
        (detail["id"], api, question)
        for rival, detail in zip(rivals, details, strict=True)
        for api, question in random_moves((viewer, rival), detail, chance)
    ]
    chance.shuffle(moves)
    for challenge_id, api, question in moves:
        assert api.answer(challenge_id, question, chance.choice("ABCD")).status == 200
        if chance.random() < 0.3:
            watcher.cut()
            cuts += 1
        if not watcher.is_open and chance.random() < 0.7:
            watcher.open()
    if not watcher.is_open:
        watcher.open()
    watcher.wait_until(lambda: all(watcher.numbers(name)[-1:] == [46] for name in names))
    watcher.cut()
    assert cuts > 10
    for name in names:
        log = [(m.id, {"type": m.type, "payload": m.payload}) for m in watcher.by_topic[name]]
        assert watcher.numbers(name) == list(range(1, 47))
        assert violations(log, viewer.user_id) == []
    assert watcher.numbers("notifications") == [1, 2, 3]
    at_the_end = TopicsWatcher(viewer, names).open(watcher.last_event_id)
    assert at_the_end.status == 204


def test_signing_out_ends_the_stream_within_a_second(player: Player) -> None:
    api = player(5)
    challenge_id = api.create("quick_quant_10", "player6").body["id"]
    watcher = TopicsWatcher(api, [f"challenges/{challenge_id}", "notifications"]).open()
    watcher.wait_until(lambda: watcher.messages)
    assert api.post("/api/v1/auth/logout/").status == 204
    began = time.monotonic()
    watcher.wait_until(lambda: not watcher.is_open)
    assert time.monotonic() - began < 1.0
    assert [control["state"] for control in watcher.control] == ["open", "open", "closing"]
    assert watcher.control[-1]["reason"] == "signed_out"
    assert watcher.control[-1]["retry_ms"] > 0
    watcher.cut()
    assert watcher.open().status == 401


def test_a_drain_ends_the_stream_once_and_it_resumes_at_its_cursor(make_server: MakeServer) -> None:
    with make_server(RETRY_SECONDS="0.5") as own:
        api, rival = (Api.signed_in(own.base_url, f"player{n}", PASSWORD) for n in (1, 2))
        challenge_id = api.create("quick_quant_10", "player2").body["id"]
        name = f"challenges/{challenge_id}"
        watcher = TopicsWatcher(api, [name, "notifications"]).open()
        watcher.wait_until(lambda: watcher.messages)
        api.close()
        rival.close()
        own.stop(signal.SIGTERM)
        watcher.wait_until(lambda: not watcher.is_open)
        closing = [control for control in watcher.control if control["state"] == "closing"]
        assert [control["reason"] for control in closing] == ["draining"]
        watcher.cut()
        assert "Traceback" not in own.log

        own.start()
        rival.act(challenge_id, "accept")
        watcher.open()
        watcher.wait_until(lambda: len(watcher.messages) == 3)
        assert watcher.numbers(name) == [1, 2]
        assert [m.type for m in watcher.by_topic["notifications"]] == [
            "challenge_accepted_notification"
        ]
        watcher.cut()
        rival.close()


@pytest.mark.claim("C13")
def test_each_topic_counts_as_one_of_the_workers_streams(make_server: MakeServer) -> None:
    with make_server(MAX_STREAMS="2") as own:
        api = Api.signed_in(own.base_url, "player1", PASSWORD)
        challenge_id = api.create("quick_quant_10", "player2").body["id"]
        names = [f"challenges/{challenge_id}", "notifications"]
        first = TopicsWatcher(api, names).open()
        first.wait_until(lambda: first.messages)
        refused = TopicsWatcher(api, names).open()
        assert refused.status == 200
        refused.wait_until(lambda: not refused.is_open)
        assert [control.get("reason") for control in refused.control] == [None, None, "limit"]
        assert refused.messages == []
        for watcher in (first, refused):
            watcher.cut()

        def is_admitted() -> bool:
            one = SseWatcher(api, PATH.format(challenge_id)).open("0")
            one.wait_until(lambda: one.messages or not one.is_open)
            one.cut()
            return bool(one.messages)

        wait_until(is_admitted)
        api.close()


def test_after_head_the_connection_serves_the_next_request(
    server: LocalServer, player: Player
) -> None:
    api = player(9)
    answer = api.request("HEAD", "/sse/stream/?topics=notifications")
    assert (answer.status, answer.body) == (200, "")
    assert api.get("/api/v1/users/me/").body["username"] == "player9"
    assert f"stream opened transport=sse topics=user:{api.user_id} " not in server.log


def test_the_log_has_one_line_for_the_opening_and_one_for_the_end_of_all_topics(
    server: LocalServer, player: Player
) -> None:
    api = player(7)
    challenge_id = api.create("quick_quant_10", "player8").body["id"]
    watcher = TopicsWatcher(api, [f"challenges/{challenge_id}", "notifications"]).open()
    watcher.wait_until(lambda: watcher.messages)
    watcher.cut()
    named = f"transport=sse topics=challenge:{challenge_id},user:{api.user_id} "
    for what in ("opened", "closed"):
        line = f"stream {what} {named}"
        wait_until(lambda line=line: server.log.count(line) == 1)  # type: ignore[misc]
