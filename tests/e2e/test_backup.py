"""docs/backup.md, followed word for word while duels are played: what was acknowledged is there."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from qader_client.rest import Api
from qader_client.watch import SseWatcher

from cluster.node import NO_LIMITS
from cluster.postgres_server import PostgresServer, postgres_program
from cluster.process import account_for_servers, free_port, temporary_folder
from cluster.waiting import wait_until
from tests.support.duel import PASSWORD, QUICK_HASH
from tests.support.examples import Example, examples
from tests.support.http_duels import PATH, start
from tests.support.load import Load, missing
from tests.support.terminal import Terminal, lend_environment, repository

pytestmark = pytest.mark.timeout(300)  # for a machine that is many times slower than needed

BACKED_UP, RESTORED, ARCHIVE, BASE_BACKUP, RECOVERY, UPGRADED = examples("shell", "docs/backup.md")
SERVE = ".venv/bin/gunicorn wsgi:app"
SEED = f".venv/bin/flask --app wsgi users seed --count 6 --prefix p --password {PASSWORD}"


class Witness:
    """Two players in a duel, one of whom follows it, from before the backup to after the restore."""

    def __init__(self, base_url: str) -> None:
        first, second = (Api.signed_in(base_url, name, PASSWORD) for name in ("p5", "p6"))
        self.players = (first, second)
        self.duel = start(*self.players)
        self.questions = [question["id"] for question in self.duel["questions"]]
        self.stream = SseWatcher(self.players[0], PATH.format(self.duel["id"])).open("0")

    def answer(self, number: int) -> None:
        """Have both answer a question, and wait until the follower has seen it."""
        for player in self.players:
            assert player.answer(self.duel["id"], self.questions[number], "A").status == 200
        self.stream.wait_until(lambda: self.stream.types.count("answer.result") == 2 * number + 2)

    def check(self, answered: int) -> None:
        """The follower comes back, is told to begin anew, and sees what the database holds."""
        self.stream.wait_until(lambda: not self.stream.is_open)
        received, told = len(self.stream.messages), len(self.stream.control)
        self.stream.open()
        self.stream.wait_until(lambda: len(self.stream.messages) > received)
        assert self.stream.control[told]["mode"] == "reset"
        snapshot = self.stream.messages[received]
        shown = snapshot.payload["questions"]
        assert snapshot.type == "challenge.update"
        assert sum(q["user_answer_details"] is not None for q in shown) == answered
        assert shown == self.players[0].detail(self.duel["id"])["questions"]
        # What was lost can be given again, and everybody sees it.
        assert self.players[1].answer(self.duel["id"], self.questions[answered], "B").status == 200
        self.stream.wait_until(lambda: self.stream.messages[-1].type == "participant.update")
        for player in self.players:
            player.close()
        self.stream.cut()


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def base_url(port: int) -> str:
    return f"http://127.0.0.1:{port}"


@pytest.fixture
def folders(tmp_path: Path) -> dict[str, str]:
    """Where the document's folders are here: PostgreSQL's own account has to enter them."""
    owner = account_for_servers()
    found = {}
    for written in ("/var/backups", "/var/lib/postgresql"):
        folder = temporary_folder(test_a_backup_of_sqlite_under_load, "qader-backup-")
        (folder / "wal").mkdir()
        for path in (folder, folder / "wal"):
            if owner:
                shutil.chown(path, owner)
        found[written] = str(folder)
    return found


@pytest.fixture
def terminal(tmp_path: Path, port: int, folders: dict[str, str]) -> Iterator[Terminal]:
    """A clone of the service, in which nothing runs yet."""
    environ = {
        "PORT": str(port),
        "PASSWORD_HASH_METHOD": QUICK_HASH,
        "START_COUNTDOWN_SECONDS": "0.01",
        "PATH": f"{postgres_program().parent}:/usr/bin:/bin",
        **NO_LIMITS,
    }
    with Terminal(tmp_path, folders, environ) as terminal:
        terminal.run(f"git clone -q {repository(tmp_path)} qader_sse && cd qader_sse")
        lend_environment(terminal.folder / "qader_sse")
        yield terminal


def test_a_backup_of_sqlite_under_load(
    terminal: Terminal, base_url: str, folders: dict[str, str]
) -> None:
    terminal.run(f".venv/bin/flask --app wsgi set-up\n{SEED}")
    terminal.run(SERVE)
    witness = Witness(base_url)
    witness.answer(0)
    with Load(base_url, ["p1", "p2", "p3", "p4"], PASSWORD) as load:
        load.wait_for(40)
        before = list(load.acknowledged)
        printed = terminal.follow(BACKED_UP)
        witness.answer(1)
        load.wait_for(20)
        load.stop()
    assert load.failures == []
    assert " MB, checked) and secret_key" in printed

    terminal.interrupt()
    terminal.follow(with_own(RESTORED, {"qader-2026-12-01": only_backup(folders)}))
    terminal.run(SERVE)
    assert missing(base_url, before, PASSWORD) == []
    assert missing(base_url, load.acknowledged, PASSWORD) != []  # it was another database
    witness.check(answered=1)


@pytest.fixture
def postgres(tmp_path: Path) -> Iterator[PostgresServer]:
    with PostgresServer(tmp_path / "postgres") as server:
        yield server


def address(server: PostgresServer) -> str:
    return server.url.replace("+psycopg", "", 1)


def as_the_servers_account(server: PostgresServer) -> str:
    """Return what has `psql` and its like reach the server as they do in that account."""
    return f"export PGHOST=127.0.0.1 PGPORT={server.port} PGUSER=postgres"


def archive_all(server: PostgresServer, folder: str) -> Path:
    """Have the log of changes archived up to now; return its last file."""
    ((segment,),) = server.query("SELECT pg_walfile_name(pg_current_wal_lsn())")
    server.query("SELECT pg_switch_wal()")
    archived = Path(folder, "wal", f"{segment}.gz")
    wait_until(archived.exists, timeout=60)
    return archived


def with_own(example: Example, values: dict[str, str]) -> Example:
    """Return a block with what a reader has in the place of the backup and moment in it."""
    text = example.text
    for written, value in values.items():
        assert written in text
        text = text.replace(written, value)
    return Example(example.document, example.line, example.kind, text)


def only_backup(folders: dict[str, str]) -> str:
    """Return the name of the backup, which has the date on which it was begun."""
    (found,) = (path for path in Path(folders["/var/backups"]).iterdir() if path.name != "wal")
    return found.name


def test_a_recovery_of_postgresql_to_a_moment_under_load(
    terminal: Terminal,
    postgres: PostgresServer,
    base_url: str,
    folders: dict[str, str],
    tmp_path: Path,
) -> None:
    terminal.run(
        f"export DATABASE_URL={address(postgres)} SECRET_KEY=a-key-that-is-long-enough\n"
        f".venv/bin/flask --app wsgi set-up\n{SEED}"
    )
    terminal.run(as_the_servers_account(postgres))
    terminal.follow(ARCHIVE)
    postgres.stop()
    postgres.start()
    before_the_backup = archive_all(postgres, folders["/var/backups"])
    terminal.run(SERVE)
    witness = Witness(base_url)
    with Load(base_url, ["p1", "p2", "p3", "p4"], PASSWORD) as load:
        load.wait_for(10)
        terminal.follow(BASE_BACKUP)
        load.wait_for(20)
        witness.answer(0)
        before = list(load.acknowledged)
        ((moment,),) = postgres.query("SELECT clock_timestamp()::text")
        witness.answer(1)
        load.wait_for(20)
        load.stop()
    assert load.failures == []
    archive_all(postgres, folders["/var/backups"])
    assert not before_the_backup.exists()  # no backup needs it
    terminal.interrupt()
    postgres.stop()

    own = {"2026-12-01 10:30:00+00": moment, "base-2026-12-01": only_backup(folders)}
    terminal.follow(with_own(RECOVERY, own))
    restored = Path(folders["/var/lib/postgresql"], "restored")
    with PostgresServer(tmp_path / "elsewhere", data=restored) as elsewhere:
        wait_until(lambda: elsewhere.query("SELECT pg_is_in_recovery()") == [(False,)], timeout=60)
        terminal.run(f"export DATABASE_URL={address(elsewhere)}")
        terminal.follow(UPGRADED)
        terminal.run(SERVE)
        assert missing(base_url, before, PASSWORD) == []
        assert missing(base_url, load.acknowledged, PASSWORD) != []
        witness.check(answered=1)
        terminal.interrupt()
