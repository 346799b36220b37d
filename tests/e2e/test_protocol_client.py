"""A client in JavaScript, written from docs/protocol.md alone, finds that its claims hold.

It plays duels and follows them on every transport, on some four hundred connections, most of which
it cuts after a random number of bytes. `SEED=… pytest …` repeats a run.
"""

import json
import os
import random
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from cluster.local_server import LocalServer
from tests.support.duel import PASSWORD
from tests.support.servers import MakeServer

CLIENT = Path(__file__).parent / "protocol_client" / "main.mjs"


@pytest.fixture
def server(make_server: MakeServer) -> Iterator[LocalServer]:
    settings = {"HEARTBEAT_SECONDS": "0.5"}
    with make_server(FAIR_SHARES="false", **settings) as server:
        yield server


@pytest.mark.claim(
    "M1 M2 M3 M4 M5 M6 M7 M8 M9 M10 M11 M12 M13 M15 M16 M17 M18 M19 M20 M21 M22 M23 S1 S2 S3 "
    "S5 S6 S7 S9 S10 S11 S12 S13 S14 S15 S16 S17 S18 S19 S20 S21 S22 C1 C6 C10 C16 C17 V1 V2 "
    "V3 V4 V5 V6 V7 V8 V9 V10 W1 W2 W3 W4 W5 W6 W7 W8 W9 T1 T2 T5 U1 P1 P2 P3 P4 R1 R2 R3 R4 "
    "R5 R10 R11 A1 A2 A5 A14"
)
def test_it_finds_that_the_claims_hold(server: LocalServer, request: pytest.FixtureRequest) -> None:
    seed = int(os.environ.get("SEED") or random.randrange(1_000_000))
    command = ["node", str(CLIENT), server.base_url, PASSWORD, str(seed)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=50)
    assert done.stdout, done.stderr
    found = json.loads(done.stdout)
    assert found["failures"] == [], f"SEED={seed}"
    mark = request.node.get_closest_marker("claim")
    assert sorted(found["checks"]) == sorted(mark.args[0].split())
    assert "Traceback" not in server.log
