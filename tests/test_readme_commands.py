"""The commands of the service in the README's table are run as they stand."""

import re
import shlex
from pathlib import Path

import pytest
from flask import Flask

from cluster.process import ROOT
from tests.support.duel import PASSWORD, add_users

ROW = re.compile(r"^\| `\.venv/bin/flask --app wsgi ([^`]+)` \|", re.MULTILINE)
COMMANDS = ROW.findall((ROOT / "README.md").read_text())
PUT_IN = {
    "create NAME …": "create khalid",
    "--count 2000": "--count 3",
    "--password …": f"--password {PASSWORD}",
    "DJANGO_ID NAME": "7 noura",
    "NAME": "noura",
    "FILE": str(ROOT / "sample/verbal.json"),
}


def test_the_table_has_commands() -> None:
    assert len(COMMANDS) > 6


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_of_the_table_does_its_work(app: Flask, tmp_path: Path, command: str) -> None:
    add_users(app.extensions["qader_sse"], "noura")
    for written, value in {**PUT_IN, "FOLDER": str(tmp_path / "monday")}.items():
        command = command.replace(written, value)
    typed = f"{PASSWORD}\n{PASSWORD}\n"
    result = app.test_cli_runner().invoke(args=shlex.split(command), input=typed)
    assert result.exit_code == 0, result.output
