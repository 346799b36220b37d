"""Workers test whether they can hand connections over, and say so where they cannot."""

from contextlib import closing
from typing import Any

import pytest
from qader_client.rest import Api
from qader_client.watch import SocketWatcher, SseWatcher

from cluster.local_server import LocalServer
from cluster.process import ROOT
from tests.support.duel import PASSWORD
from tests.support.http_duels import PATH
from tests.support.servers import MakeServer

CONFIGURATIONS = ROOT / "tests" / "support" / "gunicorn"
NOT_HANDED_OVER = "streams are not handed over"


def configured_by(name: str) -> dict[str, str]:
    """Return the setting that has gunicorn read this configuration."""
    return {"GUNICORN_CMD_ARGS": f"--config {CONFIGURATIONS / name}"}


def follow_both_ways(server: LocalServer) -> int:
    """Follow a challenge on both transports until an event arrives on each; return its id."""
    api, rival = (Api.signed_in(server.base_url, f"player{n}", PASSWORD) for n in (1, 2))
    challenge_id: int = api.create("quick_quant_10", "player2").body["id"]
    stream = SseWatcher(api, PATH.format(challenge_id)).open()
    websocket = SocketWatcher(api, f"/ws/challenges/{challenge_id}/").open()
    for watcher in (stream, websocket):
        watcher.wait_for("challenge.update")
    rival.act(challenge_id, "accept")
    for watcher in (stream, websocket):
        watcher.wait_until(lambda watcher=watcher: len(watcher.messages) == 2)  # type: ignore[misc]
        watcher.cut()
    for client in (api, rival):
        client.close()
    return challenge_id


def readyz(server: LocalServer) -> dict[str, Any]:
    with closing(Api(server.base_url)) as api:
        found: dict[str, Any] = api.get("/readyz").body
    return found


def test_a_worker_hands_a_connection_to_itself_over_before_it_serves(server: LocalServer) -> None:
    ready = readyz(server)
    assert ready["handover"] == "ok"
    assert ready["streams"] == 0
    assert "self-test" not in server.log
    assert NOT_HANDED_OVER not in server.log


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ("start_response", "gunicorn does not pass the start_response of its Response"),
        ("force_close", "the self-test was answered with b'HTTP/1.1 500"),
        ("close", "gunicorn failed after the hand-over: Socket error processing request."),
    ],
)
def test_a_changed_private_interface_is_one_line_and_streams_go_on(
    make_server: MakeServer, changed: str, reason: str
) -> None:
    with make_server(**configured_by("changed.py"), CHANGED=changed) as server:
        assert readyz(server)["handover"] == "off"
        follow_both_ways(server)
        (line,) = [line for line in server.log.splitlines() if NOT_HANDED_OVER in line]
        assert reason in line


def test_behind_the_middlewares_of_sentry_and_opentelemetry_streams_are_handed_over(
    make_server: MakeServer,
) -> None:
    with make_server(**configured_by("with_middlewares.py")) as server:
        assert readyz(server)["handover"] == "ok"
        path = PATH.format(follow_both_ways(server))
        log = server.log
    assert NOT_HANDED_OVER not in log
    assert f"sentry transaction: {path.removeprefix('/sse/')} ok" in log
    assert f"opentelemetry span: {path} 200 UNSET" in log
    websocket = path.replace("/sse/", "/ws/")
    assert f"opentelemetry span: {websocket} 101 UNSET" in log
    assert "sentry error" not in log
    assert "ERROR" not in log
