"""`make mutation`: breaks the code at random places, one at a time, and prints what no test noticed.

Cosmic Ray makes each break (a mutant) in a copy of the checkout and runs fast tests on it. A mutant
that survives is a question: does it change anything that somebody relies on? If so, write the test.
"""

import argparse
import logging
import os
import random
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from cosmic_ray.commands.init import init
from cosmic_ray.mutating import mutate_and_test
from cosmic_ray.work_db import WorkDB
from cosmic_ray.work_item import TestOutcome, WorkItem

_PYTEST = ".venv/bin/pytest -q -x -p no:xdist -p no:cacheprovider --timeout 60"
_FAST = f"{_PYTEST} -m 'not programs'"
# The tests for the modules below a folder; the longest folder that matches decides.
_TESTS = {
    "qader_sse/domain": f"{_FAST} tests/domain tests/conformance tests/web/test_challenges.py"
    " tests/web/test_polling.py",
    "qader_sse/store": f"{_FAST} tests/store tests/test_statements.py tests/test_creation.py"
    " tests/test_matchmaking.py tests/test_retention.py tests/test_deletion.py"
    " tests/web/test_idempotency.py"
    " tests/web/test_challenges.py tests/web/test_users.py tests/web/test_auth.py",
    "qader_sse/realtime": f"{_FAST} tests/realtime tests/web/test_multiplexed.py",
    # Only a process that gevent has patched can run a bus.
    "qader_sse/realtime/bus": f".venv/bin/python -m gevent.monkey {_PYTEST}"
    " tests/patched/test_bus.py tests/patched/test_redis_faults.py"
    " tests/patched/test_redis_groups.py",
    "qader_sse/use_cases": f"{_FAST} tests/test_creation.py tests/test_matchmaking.py"
    " tests/test_retention.py tests/test_deletion.py tests/test_sweeper.py"
    " tests/test_users_cli.py tests/web",
}
_SECONDS_FOR_ONE = 180.0
# `int | None` is an annotation far more often than an operation, and fails at once when broken.
_LEFT_OUT = "core/ReplaceBinaryOperator_BitOr_"


def main() -> int:
    options = _options()
    logging.disable()  # Cosmic Ray logs each change of a file
    with tempfile.TemporaryDirectory(prefix="qader-mutation-") as folder:
        _copy_checkout(Path(folder))
        os.chdir(folder)
        # Python uses cached bytecode for a file of the same size and second, as a mutant may be.
        os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
        items = _sample(options.count, options.seed)
        for command in dict.fromkeys(map(_tests, items)):
            before = subprocess.run(
                shlex.split(command), capture_output=True, text=True, check=False
            )
            if before.returncode:
                print(before.stdout)
                sys.exit(f"These tests fail before anything is broken: {command}")
        survivors = _try_all(items, options.minutes)
    print(
        f"\n{survivors} survived. The same sample again: COUNT={options.count} SEED={options.seed}"
    )
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=40, help="how many mutants to try")
    parser.add_argument("--seed", type=int, default=random.randrange(10_000), help="which ones")
    parser.add_argument("--minutes", type=float, default=30, help="stop after this time")
    return parser.parse_args()


def _copy_checkout(folder: Path) -> None:
    """Copy the files that git tracks, with uncommitted changes, and link the environment."""
    listed = subprocess.run(["git", "ls-files", "-z"], check=True, capture_output=True, text=True)
    for name in filter(None, listed.stdout.split("\0")):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        if Path(name).exists():  # not deleted since the last commit
            shutil.copy(name, folder / name, follow_symlinks=False)
    (folder / ".venv").symlink_to(Path(".venv").resolve())


def _sample(count: int, seed: int) -> list[WorkItem]:
    modules = sorted(path for folder in _TESTS for path in Path(folder).rglob("*.py"))
    database = WorkDB("mutants.sqlite", WorkDB.Mode.create)
    init(dict.fromkeys(modules), database, {})
    found = [
        item
        for item in database.work_items
        if not item.mutations[0].operator_name.startswith(_LEFT_OUT)
    ]
    database.close()
    # Job ids are random; their place in the code is the same every time.
    found.sort(
        key=lambda item: (
            item.mutations[0].module_path,
            item.mutations[0].operator_name,
            item.mutations[0].occurrence,
        )
    )
    print(
        f"{len(found)} mutants in {len(set(modules))} modules; {count} of them, seed {seed}:",
        flush=True,
    )
    return random.Random(seed).sample(found, min(count, len(found)))


def _tests(item: WorkItem) -> str:
    path = str(item.mutations[0].module_path)
    return _TESTS[max((folder for folder in _TESTS if path.startswith(f"{folder}/")), key=len)]


def _try_all(items: list[WorkItem], minutes: float) -> int:
    until = time.monotonic() + 60 * minutes
    survivors = 0
    for number, item in enumerate(items, 1):
        if time.monotonic() > until:
            print(f"Stopped after {minutes:g} minutes, {number - 1} mutants tried.")
            break
        mutant = item.mutations[0]
        result = mutate_and_test(item.mutations, _tests(item), _SECONDS_FOR_ONE)
        survived = result.test_outcome == TestOutcome.SURVIVED
        survivors += survived
        outcome = "SURVIVED" if survived else "noticed"
        print(f"{number:3} {outcome:8} {mutant.module_path}:{mutant.start_pos[0]}", flush=True)
        if survived:
            print(result.diff, flush=True)
    return survivors


if __name__ == "__main__":
    sys.exit(main())
