"""A session that runs out ends its streams as a sign-out does."""

import time

import pytest
from qader_client.rest import Api
from qader_client.watch import SocketWatcher, SseWatcher

from tests.support.duel import PASSWORD
from tests.support.http_duels import PATH
from tests.support.servers import MakeServer

SECONDS = 4


@pytest.mark.claim("C6", "C9")
def test_its_streams_end_within_a_second(make_server: MakeServer) -> None:
    with make_server(SESSION_SECONDS=str(SECONDS)) as own:
        before = time.monotonic()
        api = Api.signed_in(own.base_url, "player1", PASSWORD)
        after = time.monotonic()
        challenge_id = api.create("quick_quant_10").body["id"]
        stream = SseWatcher(api, PATH.format(challenge_id)).open()
        ws = SocketWatcher(api, f"/ws/challenges/{challenge_id}/").open()

        stream.wait_until(lambda: not stream.is_open)
        ws.wait_until(lambda: ws.close_code is not None)

        assert before + SECONDS < time.monotonic() < after + SECONDS + 1
        assert stream.control[-1]["reason"] == "signed_out"
        assert (ws.close_code, ws.close_reason) == (4001, "signed_out")
        for watcher in (stream, ws):
            watcher.cut()
        assert stream.open().status == 401
        api.close()
