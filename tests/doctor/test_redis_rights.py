"""A user of Redis with the rights that docs/operations.md names is all that the service needs."""

import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from cluster.redis_groups import RedisClusterSetup
from cluster.redis_server import RedisServer
from qader_sse.doctor.redis_checks import REDIS, RIGHTS
from qader_sse.installation import ROOT
from qader_sse.limits.fair_shares import FairShares
from qader_sse.limits.settings import LimitSettings
from qader_sse.limits.table import SEARCHES
from qader_sse.realtime.bus import redis_servers
from tests.support.examining import app_with, faults

pytestmark = pytest.mark.programs

OPERATIONS = (ROOT / "docs/operations.md").read_text()
(DOCUMENTED,) = re.findall(r"^    (ACL SETUSER qader on .+)$", OPERATIONS, re.MULTILINE)


def give(servers: Sequence[RedisServer], command: str) -> None:
    for server in servers:
        server.ask(*command.replace(">PASSWORD", ">secret").split())
        server.ask("ACL", "LOG", "RESET")


def denied(servers: Sequence[RedisServer]) -> set[str]:
    """Return what the server has refused to the user."""
    logs = [server.ask("ACL", "LOG") for server in servers]
    return {entry[b"object"].decode() for log in logs for entry in log}  # type: ignore[attr-defined]  # a list


def as_user(url: str) -> str:
    return url.replace("//", "//qader:secret@", 1)


def examine(url: str) -> set[str]:
    environ = {"DATABASE_URL": "sqlite://", "SECRET_KEY": "the-key-of-a-doctor", "REDIS_URL": url}
    with app_with(environ) as app:
        return faults(app, REDIS)


def examine_and_count(url: str) -> set[str]:
    """Return what the doctor finds, after limits were counted, looked at and reset."""
    shares = FairShares(LimitSettings(), "secret", lambda: redis_servers.client(url))
    shares.spend(SEARCHES, "somebody")
    shares.look(SEARCHES, "somebody")
    shares.mark("here", "somebody", seconds=10)
    assert shares.is_shared
    assert shares.reset(SEARCHES, "somebody")
    return examine(url)


def test_the_doctor_names_the_rights_that_are_documented() -> None:
    assert f"ACL SETUSER qader on >PASSWORD {RIGHTS}" == DOCUMENTED


def test_nothing_else_is_asked_of_a_single_server(tmp_path: Path) -> None:
    of_a_cluster = " +cluster|slots +command"
    assert DOCUMENTED.endswith(of_a_cluster)
    with RedisServer(tmp_path) as server:
        give([server], DOCUMENTED.removesuffix(of_a_cluster))
        assert examine_and_count(as_user(server.url)) == set()
        assert denied([server]) == {"config|get"}  # the doctor goes on without it


def test_nothing_else_is_asked_of_a_cluster(tmp_path: Path) -> None:
    with RedisClusterSetup(tmp_path) as group:
        give(group.servers, DOCUMENTED)
        assert examine_and_count(as_user(group.url)) == set()
        assert denied(group.servers) == {"config|get"}


def test_a_user_who_may_not_ping_is_not_taken_for_a_server_that_is_away(tmp_path: Path) -> None:
    with RedisServer(tmp_path) as server:
        give([server], DOCUMENTED.replace(" +ping", ""))
        assert examine(as_user(server.url)) == {"redis_forbids"}
