"""The examples in the documents that need a running service: they are run as they stand.

Only what a reader would change is changed: the address, and the numbers that a call has answered.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from qader_client.rest import Api

from cluster.local_server import LocalServer
from cluster.process import ROOT
from interop.known_clients import CLIENTS
from qader_sse.demo_accounts import DEMO_PASSWORD
from tests.support.duel import QUICK_HASH
from tests.support.examples import Example, examples
from tests.support.terminal import assert_shows

WRITTEN_FOR = "http://127.0.0.1:8000"
# An async function may have `await` and `return` in its body. What is shown may go on behind its end.
PARSED = """{
  const { constructor: Async } = async () => {};
  const isCode = (text) => { try { return new Async(text); } catch { return false; } };
  if (![lines, `return {${lines}}`, `${lines}})`].some(isCode)) throw new Error(lines);
}"""
JS = [example for example in examples("js") if example.document != "docs/clients.md"]


@pytest.fixture(scope="module")
def server() -> Iterator[LocalServer]:
    """A new service, as after `make run`."""
    with LocalServer(PASSWORD_HASH_METHOD=QUICK_HASH) as server:
        yield server


def run(folder: Path, *command: str, **environ: str) -> str:
    done = subprocess.run(
        command,
        cwd=folder,
        env=os.environ | environ,
        capture_output=True,
        text=True,
        check=False,
        timeout=50,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def bash(script: str, server: LocalServer, folder: Path) -> str:
    here = script.replace(WRITTEN_FOR, server.base_url)
    return run(folder, "bash", "-euo", "pipefail", "-c", here)


def assert_frames(example: Example, output: str, number: str) -> None:
    shown = example.text.replace('"payload":{"id":1,', f'"payload":{{"id":{number},')
    assert_shows(shown, re.sub(r"retry: \d+", "retry: 2405", output), str(example))


def test_the_duel_of_the_protocol(server: LocalServer, tmp_path: Path) -> None:
    (script,) = examples("shell", "docs/protocol.md")
    shown = min(examples("frames", "docs/protocol.md"), key=lambda example: example.line)
    output = bash(script.text, server, tmp_path)
    assert '"status":"completed"' in output
    stream = (tmp_path / "stream.txt").read_text()
    assert output.endswith(stream)
    (number,) = set(re.findall(r'"payload":{"id":(\d+),"challenger"', stream))
    assert_frames(shown, stream, number)


def test_the_lines_in_python(server: LocalServer, tmp_path: Path) -> None:
    (lines,) = examples("python", "clients/python/README.md")
    code = lines.text.replace(WRITTEN_FOR, server.base_url)
    path = str(ROOT / "clients" / "python")
    assert run(tmp_path, sys.executable, "-c", code, PYTHONPATH=path) == "pending_invite\n"


@pytest.mark.parametrize("example", JS, ids=str)
def test_javascript_can_be_parsed_and_imports_what_exists(example: Example, tmp_path: Path) -> None:
    code = example.text
    for names, module in re.findall(r"^import \{ (.*) \} from \"(.*)\";", code, re.MULTILINE):
        source = "src/react.js" if module.endswith("/react") else "src/index.js"
        exported = (ROOT / "clients" / "js" / source).read_text()
        for name in names.split(", "):
            assert re.search(rf"export .*\b{name.partition(' ')[0]}\b", exported), name
    (tmp_path / "example.mjs").write_text(code)
    run(tmp_path, "node", "--check", "example.mjs")


def test_the_lines_for_the_clients_of_others_can_be_parsed(tmp_path: Path) -> None:
    """Those of docs/clients.md: statements, or methods of an object; each client has a test of its own."""
    lines = [client.remedy.replace("…", "") for client in CLIENTS if client.remedy]
    assert len(lines) > 4
    code = f"for (const lines of {json.dumps(lines)}) {PARSED}"
    run(tmp_path, "node", "--eval", code)


def test_a_page_of_another_origin_with_tokens(server: LocalServer, tmp_path: Path) -> None:
    """The lines of the client's README, in Node: they follow a challenge, and accept it."""
    (lines,) = [e for e in examples("js", "clients/js/README.md") if "authorizedFetch" in e.text]
    with closing(Api.signed_in(server.base_url, "sara", DEMO_PASSWORD)) as sara:
        challenge_id = sara.create("medium_verbal_15", "fahad").body["id"]
    with closing(Api(server.base_url)) as fahad:
        credentials = {"username": "fahad", "password": DEMO_PASSWORD}
        tokens = fahad.post("/api/v1/auth/login/", credentials).body
    code = lines.text.replace("challenges/7/", f"challenges/{challenge_id}/")
    for shown, value in (
        ("https://api.example", server.base_url),
        ('"qader-sse-client"', f'"{ROOT}/clients/js/src/index.js"'),
        (
            'access: "…", refresh: "…"',
            f'access: "{tokens["access"]}", refresh: "{tokens["refresh"]}"',
        ),
        ("onMessage: console.log", "onMessage: ({ payload }) => seen(payload)"),
    ):
        assert shown in code
        code = code.replace(shown, value)
    seen = "({ status }) => { console.log(status); if (status === 'accepted') process.exit(); }"
    (tmp_path / "page.mjs").write_text(f"const seen = {seen};\n{code}")
    assert run(tmp_path, "node", "page.mjs").split()[-1] == "accepted"
