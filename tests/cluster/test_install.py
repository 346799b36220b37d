"""What the Makefile's commands do when a program is missing. Nothing is installed here."""

import subprocess
from pathlib import Path
from shutil import which

import pytest

from cluster.process import ROOT

SCRIPT = ROOT / "cluster/install.sh"


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A PATH with apt-get but without any program to install, used by somebody who is not root."""
    for tool in ("sh", "dirname"):
        found = which(tool)
        assert found
        (tmp_path / tool).symlink_to(found)
    put(tmp_path, "id", "echo 1000")
    put(tmp_path, "apt-get", "echo apt-get was called; exit 1")
    return tmp_path


def put(machine: Path, name: str, code: str) -> None:
    (machine / name).write_text(f"#!/bin/sh\n{code}\n")
    (machine / name).chmod(0o755)


def install(machine: Path, *programs: str) -> subprocess.CompletedProcess[str]:
    command = [str(SCRIPT), *programs]
    env = {"PATH": str(machine)}
    return subprocess.run(command, env=env, capture_output=True, text=True, check=False)


def test_without_root_or_sudo_the_one_command_is_printed(machine: Path) -> None:
    done = install(machine, "node", "chromium")
    assert done.returncode == 1
    command = f"sudo {SCRIPT.with_name('apt.sh')} 'Not installed: node chromium' nodejs chromium"
    assert done.stderr == (
        f"Not installed: node chromium. Run this, then try again: {command}\n"
    ), done.stdout
    assert done.stdout == ""


def test_a_sudo_that_asks_for_a_password_is_not_used(machine: Path) -> None:
    put(machine, "sudo", "echo a password is required >&2; exit 1")
    done = install(machine, "node")
    assert done.returncode == 1
    assert "Run this, then try again: sudo " in done.stderr


def test_a_sudo_without_a_password_is_used(machine: Path) -> None:
    put(machine, "sudo", 'if [ "$*" != "-n true" ]; then echo "as root: $*"; fi')
    done = install(machine, "node")
    assert done.returncode == 0, done.stderr
    assert done.stdout == (f"as root: -n {SCRIPT.with_name('apt.sh')} Not installed: node nodejs\n")


def test_elsewhere_than_on_debian_the_packages_are_named(machine: Path) -> None:
    (machine / "apt-get").unlink()
    done = install(machine, "node", "gcc")
    assert done.returncode == 1
    assert "Install it as your system does" in done.stderr
    assert "nodejs gcc libc6-dev" in done.stderr


def test_what_is_there_is_not_asked_for(machine: Path) -> None:
    put(machine, "node", "")
    done = install(machine, "node")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
