"""The page's own logic, in Node: its clock, its state, its answers on their way, its expressions."""

import subprocess
from pathlib import Path
from shutil import which


def test_the_modules_of_the_page_pass_their_tests() -> None:
    node = which("node")
    assert node, "node is not installed: make servers"
    tests = sorted(Path(__file__).parent.glob("*.test.mjs"))
    assert tests
    # The page's files are modules by how they are loaded; Node would go by the name.
    command = [node, "--experimental-default-type=module", "--test", *map(str, tests)]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=60
    )  # our own files
    assert done.returncode == 0, done.stdout
