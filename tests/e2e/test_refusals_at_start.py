"""Settings that cannot work end the process at once, with one sentence that names the variable."""

import os
import socket
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from qader_client.rest import Api

from cluster.process import Process, free_port
from qader_sse.installation import ROOT
from tests.support.own_database import own_database

BIN = Path(sys.executable).parent
REDIS = "redis://127.0.0.1:1/0"
# Python starts and imports the service within two seconds, and on a busy machine within a minute.
LONGEST_SECONDS = 100
pytestmark = pytest.mark.timeout(120)


def start(tmp_path: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run gunicorn until it ends, with these variables and no others from this process."""
    given = {"PORT": "0", "HOME": str(tmp_path), "SECRET_KEY": "a-key-for-tests-only", **environ}
    return subprocess.run(
        [BIN / "gunicorn", "wsgi:app"],
        cwd=ROOT,
        env=given,
        capture_output=True,
        text=True,
        timeout=LONGEST_SECONDS,
        check=False,
    )


@pytest.mark.parametrize(
    ("variable", "value", "sentence"),
    [
        ("MAX_STREAMS", "1000000", "MAX_STREAMS is 1000000, and a worker may have"),
        ("DRAIN_SECONDS", "60", "LAME_DUCK_SECONDS and DRAIN_SECONDS must together"),
    ],
)
def test_limits_that_the_process_cannot_keep_are_refused(
    tmp_path: Path, variable: str, value: str, sentence: str
) -> None:
    database = f"sqlite:///{tmp_path}/empty.sqlite3"
    assert_refused(start(tmp_path, DATABASE_URL=database, **{variable: value}), sentence)


def assert_refused(done: subprocess.CompletedProcess[str], sentence: str) -> None:
    assert done.returncode != 0
    found = [line for line in done.stderr.splitlines() if "does not start" in line]
    assert len(found) == 1, done.stderr
    assert found[0].startswith(f"qader_sse does not start: {sentence}")
    assert "Traceback" not in done.stderr


def test_a_port_in_use_is_refused(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = start(tmp_path, DATABASE_URL=f"sqlite:///{tmp_path}/empty.sqlite3", PORT=port)
    assert_refused(done, f"PORT: port {port} of 127.0.0.1 cannot be used (Address already in use)")
    assert "Connection in use" not in done.stderr  # gunicorn would say this five times


@pytest.mark.parametrize("setting", ["METRICS_ADDRESS", "HEALTH_ADDRESS"])
def test_another_port_in_use_is_refused_by_the_name_of_its_setting(
    tmp_path: Path, setting: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        database = {"DATABASE_URL": f"sqlite:///{tmp_path}/empty.sqlite3"}
        done = start(tmp_path, **database, PORT=str(free_port()), **{setting: address})
    assert_refused(done, f"{setting}: port {address.partition(':')[2]} of 127.0.0.1 cannot be used")


def test_health_checks_at_the_service_s_own_port_are_refused(tmp_path: Path) -> None:
    port = str(free_port())
    database = {"DATABASE_URL": f"sqlite:///{tmp_path}/empty.sqlite3"}
    done = start(tmp_path, **database, PORT=port, HEALTH_ADDRESS=f"127.0.0.1:{port}")
    assert_refused(done, f"HEALTH_ADDRESS: port {port} of 127.0.0.1 cannot be used")


@pytest.mark.parametrize("options", ["", "--bind 127.0.0.1:{}"])
def test_metrics_at_the_service_s_own_port_are_refused(tmp_path: Path, options: str) -> None:
    """They are known by their port: the whole service would be 404, and they would be public."""
    port = free_port()
    done = start(
        tmp_path,
        DATABASE_URL=f"sqlite:///{tmp_path}/empty.sqlite3",
        PORT=str(port),
        METRICS_ADDRESS=f"127.0.0.2:{port}",
        GUNICORN_CMD_ARGS=options.format(port),
    )
    assert_refused(done, f"METRICS_ADDRESS: port {port} is the service's own")


def test_metrics_without_a_port_of_systemd_are_refused(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as handed_over:
        descriptor = handed_over.fileno()
        command = f'LISTEN_PID=$$ LISTEN_FDS=1 exec "{BIN}/gunicorn" wsgi:app 3<&{descriptor}'
        done = subprocess.run(
            ["/bin/bash", "-c", command],
            cwd=ROOT,
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(tmp_path),
                "DATABASE_URL": f"sqlite:///{tmp_path}/empty.sqlite3",
                "SECRET_KEY": "a-key-for-tests-only",
                "METRICS_ADDRESS": "127.0.0.1:9464",
            },
            pass_fds=[descriptor],
            capture_output=True,
            text=True,
            timeout=LONGEST_SECONDS,
            check=False,
        )
    assert_refused(done, "METRICS_ADDRESS: systemd opens no port 9464. Add ListenStream=")


@pytest.mark.parametrize("command", ["set-up", "db upgrade", "users enable sara", "sweep"])
def test_a_command_without_its_database_ends_with_one_sentence(
    tmp_path: Path, command: str
) -> None:
    url = "postgresql://somebody:secret-word@127.0.0.1:1/nothing"
    done = subprocess.run(
        [BIN / "flask", "--app", "wsgi", *command.split()],
        cwd=ROOT,
        env={"HOME": str(tmp_path), "SECRET_KEY": "a-key-for-tests-only", "DATABASE_URL": url},
        capture_output=True,
        text=True,
        timeout=LONGEST_SECONDS,
        check=False,
    )
    assert done.returncode == 1
    last = done.stderr.splitlines()[-1]
    assert last.startswith("Error: DATABASE_URL: the database does not serve:")
    assert "Connection refused" in last
    assert "Traceback" not in done.stderr
    assert "secret-word" not in done.stderr


def test_what_to_do_next_is_printed_when_the_server_listens(tmp_path: Path) -> None:
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "DATABASE_URL": f"sqlite:///{tmp_path}/new.sqlite3",
        "HOST": "::1",
        "PORT": str(free_port()),
    }
    process = Process("make-run", ["make", "run"], tmp_path, environ, ROOT)
    process.start()
    address = f"http://[::1]:{environ['PORT']}"
    process.wait_until_up(
        lambda: f"Open {address}/ and sign in as sara" in process.log, timeout=LONGEST_SECONDS
    )
    assert process.log.index("Listening at") < process.log.index("Open http")
    with closing(Api(address)) as api:
        assert api.get("/livez").status == 200
    process.stop()


def test_a_short_key_is_refused(tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path}/empty.sqlite3"
    done = start(tmp_path, DATABASE_URL=database, SECRET_KEY="a")
    assert_refused(done, "SECRET_KEY must have at least 16 characters")


def test_several_workers_without_redis_are_refused(tmp_path: Path, postgres_url: str) -> None:
    done = start(tmp_path, WEB_CONCURRENCY="2", DATABASE_URL=postgres_url)
    assert_refused(done, "REDIS_URL is not set")


def test_several_workers_on_sqlite_are_refused(tmp_path: Path) -> None:
    done = start(tmp_path, WEB_CONCURRENCY="2", REDIS_URL=REDIS)
    assert_refused(done, "DATABASE_URL is SQLite, which serves one worker only")


def test_an_empty_database_url_means_sqlite_and_is_refused_with_several_workers(
    tmp_path: Path,
) -> None:
    done = start(tmp_path, WEB_CONCURRENCY="2", REDIS_URL=REDIS, DATABASE_URL="")
    assert_refused(done, "DATABASE_URL is SQLite, which serves one worker only")


def test_a_shared_database_without_a_secret_key_is_refused(
    tmp_path: Path, postgres_url: str
) -> None:
    assert_refused(
        start(tmp_path, DATABASE_URL=postgres_url, SECRET_KEY=""), "SECRET_KEY is not set"
    )


def test_a_database_that_cannot_be_reached_is_refused(tmp_path: Path) -> None:
    done = start(tmp_path, DATABASE_URL="postgresql://somebody@127.0.0.1:1/nothing")
    assert_refused(done, "DATABASE_URL: the database does not serve: it cannot be reached")


def test_a_sqlite_database_without_the_tables_is_refused(tmp_path: Path) -> None:
    assert_asks_for_migrations(tmp_path, f"sqlite:///{tmp_path}/empty.sqlite3")


def test_a_postgresql_database_without_the_tables_is_refused(
    tmp_path: Path, postgres_url: str
) -> None:
    with own_database(postgres_url, "unmigrated") as url:
        assert_asks_for_migrations(tmp_path, url)


def assert_asks_for_migrations(tmp_path: Path, url: str) -> None:
    done = start(tmp_path, DATABASE_URL=url)
    assert_refused(done, "DATABASE_URL: the database does not serve: its tables are not those")
    assert "flask --app wsgi db upgrade" in done.stderr


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("MAX_STREAMS", "many"),
        ("REDIS_URL", "http://127.0.0.1"),
        ("REDIS_URL", "redis://:pa/ss@127.0.0.1:6379"),
        ("REDIS_URL", "redis+sentinel://127.0.0.1:26379"),
    ],
)
def test_a_setting_with_an_impossible_value_is_refused(
    tmp_path: Path, variable: str, value: str
) -> None:
    database = f"sqlite:///{tmp_path}/empty.sqlite3"
    assert_refused(start(tmp_path, DATABASE_URL=database, **{variable: value}), f"{variable} must ")
