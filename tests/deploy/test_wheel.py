"""A wheel brings all that the service needs, and a command that serves it, in an empty folder."""

import json
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import closing
from importlib.metadata import Distribution, PathDistribution
from pathlib import Path

import pytest
from flask import Flask
from packaging.requirements import Requirement
from qader_client.rest import Api

from cluster.process import Process, free_port, is_listening
from cluster.programs import on_path
from qader_sse.demo_accounts import DEMO_PASSWORD
from qader_sse.installation import ROOT
from qader_sse.version import VERSION
from tests.support import wheel as wheels
from tools.lock_files import pins_here


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return wheels.build(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def commands(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return wheels.install(wheel, tmp_path_factory.mktemp("environment"))


@pytest.fixture(scope="module")
def served(commands: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a service that was set up in an empty folder and starts as by the units.

    systemd opens the port, and starts the service at the first connection.
    """
    folder, port, metrics = tmp_path_factory.mktemp("empty"), free_port(), free_port()
    run(commands, folder, "set-up")
    activate = on_path("systemd-socket-activate")[0]
    command: list[str | Path] = [
        *(activate, "--setenv", "NOTIFY_SOCKET", "--setenv", "METRICS_ADDRESS"),
        *("--listen", f"127.0.0.1:{port}", "--listen", f"127.0.0.1:{metrics}"),
        *(commands / "qader-sse", "serve"),
    ]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notices:
        notices.bind(str(folder / "notices"))
        notices.settimeout(30)
        environ = {
            "NOTIFY_SOCKET": str(folder / "notices"),
            "METRICS_ADDRESS": f"127.0.0.1:{metrics}",
        }
        process = Process("serve", command, folder, environ, folder)
        process.start()
        process.wait_until_up(lambda: is_listening(port) and "worker ready" in process.log)
        with closing(Api(f"http://127.0.0.1:{metrics}")) as prometheus:
            assert prometheus.get("/metrics").status == 200
        yield f"http://127.0.0.1:{port}"
        process.stop(signal.SIGINT)
        assert b"READY=1" in notices.recv(1000)
    assert (folder / "instance" / "qader.sqlite3").exists()
    assert "handover=ok" in process.log


def run(commands: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command: list[str | Path] = [commands / "qader-sse", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_the_wheel_has_every_file_of_the_package_and_what_stands_beside_it(wheel: Path) -> None:
    assert wheels.files_in(wheel) == wheels.expected_files()


def test_it_requires_the_versions_that_were_tested(wheel: Path, commands: Path) -> None:
    (info,) = (commands.parent / "lib").glob("*/site-packages/qader_sse-*.dist-info")
    installed: Distribution = PathDistribution(info)
    required = [Requirement(text) for text in installed.requires or ()]
    here = {r.name: str(r.specifier) for r in required if not r.marker or r.marker.evaluate()}
    assert here == {name: f"=={pin}" for name, pin in pins_here(ROOT / "requirements.txt").items()}
    assert installed.version == VERSION
    checked = wheels.pip("--python", commands / "python", "check")
    assert checked == "No broken requirements found.\n"


def test_it_plays_with_what_the_wheel_brings(served: str) -> None:
    sara = Api.signed_in(served, "sara", DEMO_PASSWORD)
    assert sara.create("quick_quant_10", "fahad").status == 201
    assert sara.get("/readyz").body["version"] == VERSION
    assert (
        "لم نجد هذه المبارزة"
        in sara.get("/ar/api/v1/challenges/challenges/1234567/").body["detail"]
    )
    for path in ("/ar/", "/docs/", "/static/client/index.js"):
        assert sara.get(path).status == 200
    sara.close()


def test_the_commands_of_flask_are_its_commands(commands: Path, tmp_path: Path, app: Flask) -> None:
    said = run(commands, tmp_path, "--help").stdout
    missing = [name for name in (*app.cli.commands, "serve", "db") if f"  {name} " not in said]
    assert missing == []
    assert "--app" not in said
    assert run(commands, tmp_path, "--version").stdout == f"qader-sse, version {VERSION}\n"


def test_the_doctor_compares_versions_with_those_that_the_wheel_requires(
    commands: Path, tmp_path: Path
) -> None:
    assert versions_found(commands, tmp_path) == []
    (required,) = (commands.parent / "lib").glob("*/site-packages/qader_sse-*.dist-info/METADATA")
    before = required.read_text()
    required.write_text(before.replace("Requires-Dist: gunicorn==", "Requires-Dist: gunicorn==9"))
    try:
        (found,) = versions_found(commands, tmp_path)
    finally:
        required.write_text(before)
    assert "gunicorn" in found["what"]
    assert ".venv" not in found["mend"]


def versions_found(commands: Path, folder: Path) -> list[dict[str, str]]:
    findings = json.loads(run(commands, folder, "doctor", "--json").stdout)["findings"]
    return [finding for finding in findings if finding["fault"] == "versions"]


def test_a_database_without_tables_is_refused_with_the_command_that_makes_them(
    commands: Path, tmp_path: Path
) -> None:
    refused = run(commands, tmp_path, "serve", "--bind", f"127.0.0.1:{free_port()}")
    assert refused.returncode != 0
    assert "Run: qader-sse db upgrade." in refused.stderr
    upgraded = run(commands, tmp_path, "db", "upgrade")
    assert upgraded.returncode == 0, upgraded.stderr
    assert "(head)" in run(commands, tmp_path, "db", "current").stdout


def test_without_gunicorn_beside_it_it_says_how_to_install_it(
    commands: Path, tmp_path: Path
) -> None:
    alone = tmp_path / "qader-sse"
    shutil.copy(commands / "qader-sse", alone)
    done = subprocess.run([alone, "serve"], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith(f"Error: {tmp_path}/gunicorn is missing. Install qader_sse with")
