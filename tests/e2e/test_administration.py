"""What an operator's command does reaches the workers that run: another process than theirs."""

from collections.abc import Callable

from qader_client.rest import Api
from qader_client.watch import SocketWatcher, SseWatcher

from cluster.local_server import LocalServer
from tests.support.http_duels import PATH, start, violations_in

Player = Callable[[int], Api]


def test_both_players_are_told_at_once_that_their_duel_was_ended(
    server: LocalServer, player: Player
) -> None:
    noura, khalid = player(1), player(2)
    duel = start(noura, khalid)
    sse = SseWatcher(noura, PATH.format(duel["id"])).open()
    ws = SocketWatcher(khalid, f"/ws/challenges/{duel['id']}/").open()

    server.flask("challenges", "end", str(duel["id"]), "--reason", "a class is over", "--yes")

    for watcher in (sse, ws):
        watcher.wait_until(lambda watcher=watcher: "challenge.end" in watcher.types)  # type: ignore[misc]
    assert violations_in(noura, sse) == []
    assert khalid.detail(duel["id"])["end_reason"] == "time"
    for watcher in (sse, ws):
        watcher.cut()
