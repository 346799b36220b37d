"""Passwords are changed as docs/incidents.md says, while the service is connected."""

import re
from pathlib import Path

import psycopg
import pytest
from redis.exceptions import AuthenticationError

from cluster.postgres_server import PostgresServer
from cluster.redis_server import RedisServer
from qader_sse.installation import ROOT
from qader_sse.realtime.bus import redis_servers
from tests.support.examples import examples

pytestmark = pytest.mark.programs

PAGE = (ROOT / "docs/incidents.md").read_text()
(SECOND_NAME,) = examples("", "docs/incidents.md")


def test_the_database_takes_a_second_name_of_the_role(tmp_path: Path) -> None:
    with PostgresServer(tmp_path) as server:
        server.query("CREATE ROLE qader LOGIN PASSWORD 'before'")
        server.query("CREATE DATABASE quiz OWNER qader")
        for statement in SECOND_NAME.text.strip().splitlines():
            server.query(statement)
        address = server.url.replace("+psycopg", "", 1).removesuffix("postgres") + "quiz"
        one, other = (address.replace("postgres@", f"{name}@") for name in ("qader", "qader_2"))
        with psycopg.connect(one, autocommit=True) as before:
            before.execute("CREATE TABLE duels (id int)")
            with psycopg.connect(other, autocommit=True) as after:
                after.execute("ALTER TABLE duels ADD COLUMN kind int")
                after.execute("CREATE TABLE answers (id int)")
            before.execute("SELECT kind FROM duels, answers")
        assert "`ALTER ROLE qader NOLOGIN`" in PAGE
        server.query("ALTER ROLE qader NOLOGIN")
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(one)
        psycopg.connect(other).close()


def test_a_user_of_redis_has_two_passwords_meanwhile(tmp_path: Path) -> None:
    give, take = re.findall(r"`(ACL SETUSER qader [<>]\w+)`", PAGE)
    with RedisServer(tmp_path) as server:
        server.ask("ACL", "SETUSER", "qader", "on", ">OLD", "+ping", "+info")
        old, new = (server.url.replace("//", f"//qader:{password}@") for password in ("OLD", "NEW"))
        server.ask(*give.split())
        assert redis_servers.client(old).ping()
        assert redis_servers.client(new).ping()
        server.ask(*take.split())
        assert redis_servers.client(new).ping()
        with pytest.raises(AuthenticationError):
            redis_servers.client(old).ping()
