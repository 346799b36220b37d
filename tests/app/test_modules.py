"""The pure modules of the app and the inspector pass their tests, in Node."""

import subprocess
from pathlib import Path
from shutil import which


def test_the_modules_of_the_page_pass_their_tests() -> None:
    node = which("node")
    assert node, "node is not installed: make servers"
    tests = sorted(Path(__file__).parent.glob("*.test.mjs"))
    assert tests
    command = [node, "--test", *map(str, tests)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout
