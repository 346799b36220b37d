"""Streams that are cut at random points resume: no message is lost, doubled or out of order."""

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from qader_client.rest import Api
from qader_client.watch import SocketWatcher, SseWatcher

from tests.support.http_duels import PATH, random_moves, violations_in

Player = Callable[[int], Api]
DUELS, AT_A_TIME = 200, 8


@pytest.mark.timeout(240)
def test_two_hundred_duels_with_both_streams_cut_again_and_again_lose_nothing(
    player: Player,
) -> None:
    pairs = [(player(2 * n + 1), player(2 * n + 2)) for n in range(AT_A_TIME)]
    report = [0, 0]

    def play_many(lane: int) -> None:
        for number in range(lane, DUELS, AT_A_TIME):
            messages, cuts = _play(pairs[lane], random.Random(number))
            report[0] += messages
            report[1] += cuts

    with ThreadPoolExecutor(AT_A_TIME) as pool:
        list(pool.map(play_many, range(AT_A_TIME)))

    messages, cuts = report
    print(f"{DUELS} duels, {messages} messages, {cuts} cuts: none lost, doubled or out of order")
    assert messages == DUELS * 2 * 46
    assert cuts > DUELS


def _play(players: tuple[Api, Api], chance: random.Random) -> tuple[int, int]:
    created = players[0].create("quick_quant_10", players[1].user["username"]).body
    path = PATH.format(created["id"])
    watchers = [SseWatcher(api, path).open(last_event_id="0") for api in players]
    steps = [(players[1], "accept"), (players[0], "ready"), (players[1], "ready")]
    cuts = 0
    for api, action in steps:
        assert api.act(created["id"], action).status == 200
        cuts += _cut_some(watchers, chance)
    for api, question_id in random_moves(players, players[0].detail(created["id"]), chance):
        assert api.answer(created["id"], question_id, chance.choice("ABCD")).status == 200
        cuts += _cut_some(watchers, chance)
    for api, watcher in zip(players, watchers, strict=True):
        if not watcher.is_open:
            watcher.open()
        watcher.wait_for("challenge.end")
        watcher.cut()
        assert watcher.ids == list(range(1, 47))
        assert violations_in(api, watcher) == []
    return sum(len(watcher.messages) for watcher in watchers), cuts


def _cut_some(watchers: list[SseWatcher], chance: random.Random) -> int:
    cuts = 0
    for watcher in watchers:
        if watcher.is_open and chance.random() < 0.15:
            watcher.cut()
            cuts += 1
        elif not watcher.is_open and chance.random() < 0.5:
            watcher.open()
    return cuts


@pytest.mark.claim("S4", "S11")
def test_a_browser_that_reconnects_gets_exactly_what_it_missed(player: Player) -> None:
    players = (player(21), player(22))
    created = players[0].create("quick_quant_10", "player22").body
    watcher = SseWatcher(players[0], PATH.format(created["id"])).open()
    watcher.wait_for("challenge.update")
    watcher.cut()
    players[1].act(created["id"], "accept")
    players[1].act(created["id"], "ready")

    watcher.open()
    watcher.wait_for("participant.update")

    assert watcher.ids == [1, 2, 3]
    assert watcher.control[-1] == {"state": "open", "mode": "resumed", "after": 1, "head": 3}
    watcher.cut()


@pytest.mark.claim("S16")
def test_a_notification_sent_between_two_connections_is_not_lost(player: Player) -> None:
    """Before its first message a client has only the cursor of the `open` control message."""
    watcher = SseWatcher(player(23), "/sse/challenges/notifications/").open()
    watcher.wait_until(lambda: watcher.control)
    watcher.cut()
    player(24).create("quick_quant_10", "player23")

    watcher.open()

    assert watcher.wait_for("new_challenge_invite").payload["challenger"]["username"] == "player24"
    watcher.cut()


@pytest.mark.claim("S17")
def test_the_header_takes_precedence_over_the_address(player: Player) -> None:
    """A browser reconnects with its newest id in the header and the old address unchanged."""
    api = player(25)
    created = api.create("quick_quant_10", "player26").body
    api.act(created["id"], "ready")
    watcher = SseWatcher(api, f"{PATH.format(created['id'])}?last_event_id=0")
    watcher.open(last_event_id="1").wait_for("participant.update")
    assert watcher.ids == [2]
    watcher.cut()


@pytest.mark.claim("S12", "S14")
def test_a_cursor_that_cannot_be_served_is_reset_with_a_snapshot(player: Player) -> None:
    api = player(27)
    created = api.create("quick_quant_10", "player28").body
    watcher = SseWatcher(api, PATH.format(created["id"])).open(last_event_id="9" * 30)
    watcher.wait_for("challenge.update")
    assert watcher.ids == [1]
    assert watcher.control[0]["mode"] == "reset"
    watcher.cut()


@pytest.mark.claim("S22")
def test_a_finished_duel_at_its_head_stops_the_browser_from_reconnecting(
    player: Player,
) -> None:
    api = player(29)
    created = api.create("quick_quant_10", "player30").body
    api.act(created["id"], "cancel")
    path = PATH.format(created["id"])
    assert SseWatcher(api, path).open(last_event_id="2").status == 204
    behind = SseWatcher(api, path).open(last_event_id="1")
    assert behind.wait_for("challenge.update").payload["status"] == "cancelled"
    behind.cut()
    socket = SocketWatcher(api, f"/ws/challenges/{created['id']}/").open(last_event_id=1)
    message: Any = socket.wait_for("challenge.update")
    assert message.payload["status"] == "cancelled"
    socket.cut()
