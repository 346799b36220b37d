"""Schemathesis calls every operation of the OpenAPI document, with data that fit and data that do not."""

import json
import re
import subprocess
import tempfile
import urllib.request
from collections.abc import Sequence
from pathlib import Path

from cluster.node import Node
from cluster.process import ROOT

PROGRAM = ROOT / ".venv/fuzz/bin/schemathesis"
_CONFIGURATION = Path(__file__).parent / "schemathesis.toml"
_DOCUMENT = "/openapi/openapi.json"


# What ends the session that the other calls need (a new sign-in does, too) is called with a session
# of its own. An open stream takes a second, so there are fewer of them.
_ENDS_SESSIONS = r"/auth/(register|login|logout|sessions/\{)"
_STREAMS = r"^/sse/"
_STREAM_CASES = 20
# The links between calls lead out of a part of the document, so only the largest part has this one.
_WITHOUT_LINKS = ("--phases", "examples,coverage,fuzzing")


def run(node: Node, cookies: Sequence[str], cases: int, seed: int) -> list[str]:
    """Have about this many cases generated, print the reports, and return the failures."""
    with urllib.request.urlopen(f"{node.base_url}{_DOCUMENT}") as answer:  # noqa: S310  # our own server
        document = json.load(answer)
    calls = sum(len(methods) for methods in document["paths"].values())
    each = max(1, cases // calls)
    except_streams = ("--exclude-path-regex", f"{_ENDS_SESSIONS}|{_STREAMS}")
    return [
        *_run(node, cookies[0], each, seed, *except_streams),
        *_run(
            node, cookies[1], each, seed, *_WITHOUT_LINKS, "--include-path-regex", _ENDS_SESSIONS
        ),
        *_run(
            *(node, cookies[2], min(each, _STREAM_CASES), seed),
            *(*_WITHOUT_LINKS, "--include-path-regex", _STREAMS),
        ),
    ]


def _run(node: Node, cookie: str, each: int, seed: int, *selection: str) -> list[str]:
    with tempfile.TemporaryDirectory(prefix="qader-fuzz-") as folder:
        running = subprocess.Popen(
            [
                PROGRAM,
                *("--config-file", _CONFIGURATION),
                *("run", f"{node.base_url}{_DOCUMENT}", *selection),
                *("--header", f"Cookie: sessionid={cookie}"),
                *("--max-examples", str(each), "--seed", str(seed), "--no-color"),
            ],
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        said = ""
        for line in running.stdout or ():
            print(line, end="", flush=True)
            said += line
        if running.wait() == 0:
            return []
    found = re.findall(r"^_+ (.+?) _+$", said, re.MULTILINE)
    return [f"Schemathesis: {name}" for name in found] or [f"Schemathesis: {said[-500:]}"]
