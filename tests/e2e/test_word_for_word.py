"""README.md, docs/operations.md and docs/upgrading.md, followed word for word by somebody who has an empty folder.

What is put in the place of other words is what each reader has to put there. The environment is
the checkout's own, where a reader would wait for half a minute while it is installed. The commands
in the README's table are run by tests/test_readme_commands.py.
"""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from cluster.postgres_server import PostgresServer
from cluster.process import free_port
from cluster.redis_server import RedisServer
from tests.support.examples import Example, examples
from tests.support.terminal import Terminal, assert_shows, lend_environment, repository

# The limit is for a machine that is many times slower than needed.
pytestmark = pytest.mark.timeout(300)


@dataclass(frozen=True, slots=True)
class Servers:
    """What stands on other machines: PostgreSQL and Redis, without tables and keys."""

    postgres: PostgresServer
    redis: RedisServer

    def as_written(self) -> dict[str, str]:
        """Return what a reader puts in the place of the addresses in the documents."""
        return {
            "postgresql://user:password@host/name": self.postgres.url.replace("+psycopg", "", 1),
            "redis://host:6379": self.redis.url,
            "WEB_CONCURRENCY=4": "WEB_CONCURRENCY=2",
        }


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[Servers]:
    with ExitStack() as stack:
        postgres = stack.enter_context(PostgresServer(tmp_path / "postgres"))
        yield Servers(postgres, stack.enter_context(RedisServer(tmp_path / "redis")))


def blocks(document: str) -> list[Example]:
    found = [e for e in examples(document=document) if e.kind in ("shell", "console")]
    return [example for example in found if not example.why_not_run]


def test_the_readme(servers: Servers, tmp_path: Path) -> None:
    port = free_port()
    values = {
        "<this repository>": str(repository(tmp_path)),
        "http://127.0.0.1:8000": f"http://127.0.0.1:{port}",
        **servers.as_written(),
    }
    environ = {"PORT": str(port)}
    begin, three_curls, many = blocks("README.md")
    (said,) = [e for e in examples("", "README.md") if e.text.startswith("quantitative.json")]
    (frames,) = examples("frames", "README.md")
    with Terminal(tmp_path, values, environ) as terminal:
        clone, make_run = begin.text.strip().split("\n")
        terminal.run(clone)
        lend_environment(terminal.folder / "qader_sse")
        assert_shows(said.text.replace(":8000/", f":{port}/"), terminal.run(make_run), str(said))

        printed = re.sub(r"retry: \d+", "retry: 2405", terminal.follow(three_curls))
        assert_shows(frames.text, printed, str(frames))
        watch = three_curls.text.strip().split("\n")[-1]
        resumed = terminal.run(f"{watch} -H 'Last-Event-ID: 1'")
        assert '"mode":"resumed","after":1,"head":1' in resumed

        terminal.follow(many)
        assert '"database":"ok"' in terminal.run(f"curl -fsS http://127.0.0.1:{port}/readyz")


def test_operations(servers: Servers, tmp_path: Path) -> None:
    port = free_port()
    clone = f"git clone -q {repository(tmp_path)} qader_sse && cd qader_sse"
    values = {"HOST=0.0.0.0 PORT=8000": f"HOST=0.0.0.0 PORT={port}", **servers.as_written()}
    with Terminal(tmp_path, values) as terminal:
        terminal.run(clone)
        lend_environment(terminal.folder / "qader_sse")
        for block in blocks("docs/operations.md"):
            terminal.follow(block)
        terminal.interrupt()
        for block in blocks("docs/upgrading.md"):
            terminal.follow(block)
