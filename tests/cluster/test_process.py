"""Child processes, ports and programs."""

import os
import signal
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from cluster.process import MissingProgram, Process, temporary_folder
from cluster.programs import newest, version
from cluster.waiting import wait_until

IGNORES_SIGTERM = (
    "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('ready', flush=True);"
)


def python(folder: Path, code: str, **environ: str) -> Process:
    return Process("child", [sys.executable, "-c", code], folder, environ)


def test_a_process_that_ends_too_early_raises_with_its_log(tmp_path: Path) -> None:
    process = python(tmp_path, "import os; print(os.environ['WHY']); exit(1)", WHY="no reason")
    process.start()
    with pytest.raises(RuntimeError, match="child did not start:\nno reason"):
        process.wait_until_up(lambda: False)


def test_a_process_that_never_serves_raises_with_its_log(tmp_path: Path) -> None:
    process = python(tmp_path, f"{IGNORES_SIGTERM} signal.pause()")
    process.start()
    wait_until(lambda: process.log)
    with pytest.raises(TimeoutError, match=r"child is not up after 0\.1 s:\nready"):
        process.wait_until_up(lambda: False, timeout=0.1)
    process.kill()


def test_a_process_that_does_not_stop_is_killed(tmp_path: Path) -> None:
    process = python(tmp_path, f"{IGNORES_SIGTERM} signal.pause()")
    process.start()
    wait_until(lambda: process.log)
    with pytest.raises(TimeoutError, match=r"within 0\.1 s of SIGTERM"):
        process.stop(timeout=0.1)
    assert not process.is_running


def test_it_can_be_stopped_by_any_signal_and_more_than_once(tmp_path: Path) -> None:
    process = python(tmp_path, f"{IGNORES_SIGTERM} signal.pause()")
    process.start()
    wait_until(lambda: process.log)
    process.stop(signal.SIGUSR1)
    process.stop()
    process.kill()
    with pytest.raises(RuntimeError, match="not running"):
        _ = process.pid


def test_processes_that_run_at_the_same_time_get_different_ports() -> None:
    # Without a reservation, processes that choose so many ports would choose some of them twice.
    code = "from cluster.process import free_port; print(*(free_port() for _ in range(300)))"
    command = [sys.executable, "-c", f"{code}; import sys; sys.stdout.flush(); sys.stdin.read()"]
    with ExitStack() as running:
        both = [
            running.enter_context(
                subprocess.Popen(
                    command,
                    env={"PYTHONPATH": os.pathsep.join(sys.path)},
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                )
            )
            for _ in range(2)
        ]
        ports = [child.stdout.readline().split() for child in both if child.stdout]
    assert len({*ports[0], *ports[1]}) == 600


def test_the_newest_program_is_the_one_with_the_highest_version(tmp_path: Path) -> None:
    programs = []
    for name in ("9.9.0", "10.0", "9.10"):
        path = tmp_path / name
        path.write_text(f"#!/bin/sh\necho 'thing v={name} (abc)'\n")
        path.chmod(0o755)
        programs.append(path)
    assert newest(programs, "").name == "10.0"
    assert version(programs[2]) == (9, 10)


def test_a_missing_program_is_an_error_with_one_sentence() -> None:
    with pytest.raises(MissingProgram, match=r"^thing is not installed: apt-get install thing$"):
        newest([], "thing is not installed: apt-get install thing")


def test_a_temporary_folder_is_deleted_with_its_owner(tmp_path: Path) -> None:
    process = python(tmp_path, "")
    folder = temporary_folder(process, "qader-test-")
    assert folder.is_dir()
    del process
    assert not folder.exists()
