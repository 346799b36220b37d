"""A node is a gunicorn that can be killed, stopped and reloaded."""

import shutil
import signal
import time
from contextlib import closing
from pathlib import Path

import pytest
from qader_client.rest import Api
from qader_client.watch import SseWatcher

from cluster.node import Node
from cluster.process import ROOT, is_listening
from cluster.waiting import wait_until
from qader_sse.version import VERSION
from tests.support.duel import PASSWORD
from tests.support.servers import MakeServer


@pytest.fixture
def settings(database_url: str) -> dict[str, str]:
    return {"DATABASE_URL": database_url, "SECRET_KEY": "a-key-for-tests-only"}


def test_its_workers_can_be_killed_and_reloaded(tmp_path: Path, settings: dict[str, str]) -> None:
    with Node("node", tmp_path, settings, workers=1) as node:
        (first,) = node.worker_pids
        node.kill_worker(first)
        with pytest.raises(ValueError, match="is no worker"):
            node.kill_worker(first)
        wait_until(node.is_complete)
        (second,) = node.worker_pids
        node.reload()
        (third,) = node.worker_pids
        assert len({first, second, third}) == 3

        node.stop(signal.SIGTERM)
        assert not is_listening(node.port)
        node.start()
        node.kill()
        assert not is_listening(node.port)


def test_ctrl_c_ends_streams_at_once_and_says_why(make_server: MakeServer) -> None:
    """Somebody waits for it, and there is no balancer that has to notice it before."""
    with make_server(LAME_DUCK_SECONDS="15") as server:
        api = Api.signed_in(server.base_url, "player1", PASSWORD)
        stream = SseWatcher(api, "/sse/challenges/notifications/").open()
        stream.wait_until(lambda: stream.control)
        began = time.monotonic()
        server.stop(signal.SIGINT)
        assert time.monotonic() - began < 10
        stream.wait_until(lambda: not stream.is_open)
        assert stream.control[-1]["reason"] == "draining"
        stream.cut()
        api.close()


def test_a_node_that_does_not_start_raises_with_its_log(
    tmp_path: Path, settings: dict[str, str]
) -> None:
    with (
        pytest.raises(RuntimeError, match=r"(?s)node did not start:.*DEFAULT_LOCALE must be"),
        Node("node", tmp_path, {**settings, "DEFAULT_LOCALE": "fr"}, workers=1),
    ):
        pass


def test_a_node_can_be_replaced_by_the_code_of_another_checkout(
    tmp_path: Path, settings: dict[str, str]
) -> None:
    """As an upgrade does; the version says whose code answers."""
    former = tmp_path / "former"
    for name in ("qader_sse", "migrations", "sample"):
        shutil.copytree(ROOT / name, former / name)
    for name in ("wsgi.py", "gunicorn.conf.py"):
        shutil.copy(ROOT / name, former)
    version = former / "qader_sse" / "version.py"
    version.write_text(version.read_text().replace(VERSION, "0.0.9"))
    node = Node("node", tmp_path, settings, workers=1, root=former)
    with node, closing(Api(node.base_url)) as api:
        assert api.get("/readyz").body["version"] == "0.0.9"
        node.flask("db", "upgrade", root=ROOT)
        node.replace(ROOT)
        assert api.get("/readyz").body["version"] == VERSION
