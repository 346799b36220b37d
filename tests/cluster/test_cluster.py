"""`make cluster` runs a complete installation, and names the program that is missing."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from qader_client.rest import Api
from qader_client.watch import SseWatcher

from cluster.local_cluster import Cluster
from cluster.process import ROOT, Process, free_port
from qader_sse.demo_accounts import DEMO_PASSWORD

ENVIRON = {"PYTHONPATH": os.pathsep.join([str(ROOT / "clients/python"), str(ROOT)])}


def test_a_message_reaches_a_stream_of_another_node(tmp_path: Path) -> None:
    with Cluster(tmp_path) as cluster:
        here, there = cluster.nodes
        sara = Api.signed_in(here.base_url, "sara", DEMO_PASSWORD)
        fahad = Api.signed_in(there.base_url, "fahad", DEMO_PASSWORD)
        created = sara.create("quick_quant_10", "fahad").body["id"]
        watcher = SseWatcher(fahad, f"/sse/challenges/{created}/").open()
        sara.act(created, "cancel")
        watcher.wait_until(lambda: len(watcher.messages) > 1)
        watcher.cut()

        fronted = Api.signed_in(cluster.base_url, "sara", DEMO_PASSWORD)
        assert fronted.get("/readyz").body["status"] == "ok"
        assert all(len(node.worker_pids) == 2 for node in cluster.nodes)
        for api in (sara, fahad, fronted):
            api.close()


@pytest.mark.timeout(180)  # four workers start, and each takes two seconds of a processor
@pytest.mark.parametrize("sig", [signal.SIGINT, signal.SIGTERM])
def test_it_prints_all_addresses_and_leaves_no_process_behind(
    tmp_path: Path, sig: signal.Signals
) -> None:
    port = free_port()
    environ = {**ENVIRON, "PORT": str(port)}
    process = Process("make-cluster", [sys.executable, "-m", "cluster"], tmp_path, environ, ROOT)
    process.start()
    process.wait_until_up(lambda: "Stop with Ctrl-C." in process.log, timeout=150)
    assert f"Open http://127.0.0.1:{port}/" in process.log
    children = psutil.Process(process.pid).children(recursive=True)
    process.stop(sig)
    assert process.log.endswith("\nAll stopped.\n")
    assert "sign in as sara or fahad (password: demo-pass-1)" in process.log
    assert "Traceback" not in process.log
    assert len(children) > 10
    assert not any(child.is_running() for child in children)


def test_a_port_in_use_is_named_before_anything_is_started() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = subprocess.run(
            [sys.executable, "-m", "cluster"],
            cwd=ROOT,
            env={**os.environ, **ENVIRON, "PORT": str(port)},
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith(f"PORT: port {port} is in use.")


def test_without_nginx_it_says_how_to_install_it(tmp_path: Path) -> None:
    code = "import cluster.programs as p; p.on_path = lambda name: []; import cluster.__main__ as m"
    done = subprocess.run(
        [sys.executable, "-c", f"{code}; m.main()"],
        cwd=ROOT,
        env={**os.environ, **ENVIRON},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr == "nginx is not installed: apt-get install nginx-light\n"
