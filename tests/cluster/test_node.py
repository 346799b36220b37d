"""A node is a gunicorn that can be killed, stopped and reloaded."""

import signal
from pathlib import Path

import pytest

from cluster.node import Node
from cluster.process import is_listening
from cluster.waiting import wait_until


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


def test_a_node_that_does_not_start_raises_with_its_log(
    tmp_path: Path, settings: dict[str, str]
) -> None:
    with (
        pytest.raises(RuntimeError, match=r"(?s)node did not start:.*DEFAULT_LOCALE must be"),
        Node("node", tmp_path, {**settings, "DEFAULT_LOCALE": "fr"}, workers=1),
    ):
        pass
