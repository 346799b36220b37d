"""The fixtures of all tests: an app with its own database, users, and real servers."""

import shutil
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from qader_client.rest import Api
from sqlalchemy import text

from cluster.local_server import LocalServer
from cluster.postgres_server import PostgresServer
from qader_sse import create_app
from qader_sse.config import Settings
from qader_sse.extensions import db
from qader_sse.service import Service
from tests.support.buses import SilenceableBus
from tests.support.clock import SettableClock
from tests.support.drift import FOLDER, Drift, checked, publish
from tests.support.duel import PASSWORD, QUICK_HASH, add_users, sign_in
from tests.support.greenlets import greenlets, pytest_runtest_teardown  # noqa: F401  # a fixture, a hook
from tests.support.log_lines import caplog  # noqa: F401  # a fixture
from tests.support.question_files import Import, importer
from tests.support.routes import ALLOWED_ORIGIN
from tests.support.servers import QUICK, MakeServer, maker_of_servers

# `make test-quick` leaves out what is marked `programs`: tests that start a program other than
# Python. The mark is set here for all tests in these folders and all that use these fixtures.
FOLDERS_WITH_PROGRAMS = {"app", "browser", "cluster", "deploy", "e2e", "interop", "patched"}
FIXTURES_WITH_PROGRAMS = {"postgres_url", "server"}
PROGRAMS = {
    *("chromium", "firefox", "gcc", "gunicorn", "initdb", "nginx"),
    *("node", "npm", "pgbouncer", "postgres", "redis-server"),
}
# The configuration of every gunicorn that a test starts without another one.
DOCUMENTED = Path(__file__).parent / "support/gunicorn/documented.py"
# The tables that `flask set-up` fills.
SET_UP = {"sections", "subsections", "skills", "questions", "event_log_origin"}
_running: list[pytest.Item] = []


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        folders = set(item.path.relative_to(Path(__file__).parent).parts[:-1])
        fixtures = set(getattr(item, "fixturenames", ()))
        if folders & FOLDERS_WITH_PROGRAMS or fixtures & FIXTURES_WITH_PROGRAMS:
            item.add_marker("programs")
    _begin_with_the_longest(items)


def _begin_with_the_longest(items: list[pytest.Item]) -> None:
    """Put first the files with the longest time limits: begun last, one would run on alone."""
    limits: defaultdict[Path, float] = defaultdict(float)
    for item in items:
        if mark := item.get_closest_marker("timeout"):
            limits[item.path] = max(limits[item.path], mark.args[0])
    items.sort(key=lambda item: -limits[item.path])


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    _running[:] = [item]
    result = yield
    _running.clear()
    return result


def _refuse_unmarked_programs(event: str, args: tuple[object, ...]) -> None:
    """Fail a test that starts a program although it is not marked."""
    if event == "subprocess.Popen" and _running:
        program = Path(str(args[0])).name
        if program in PROGRAMS and not _running[0].get_closest_marker("programs"):
            raise RuntimeError(f"this test starts {program}: mark it with @pytest.mark.programs")


sys.addaudithook(_refuse_unmarked_programs)


def make_settings(database_url: str, **changes: object) -> Settings:
    values = {
        "secret_key": "test",
        "password_hash_method": QUICK_HASH,
        "database_url": database_url,
        "allowed_origins": (ALLOWED_ORIGIN,),
        # Tests do in a second what people do in a day. Those of the limits switch them on.
        "fair_shares": False,
        "arrival_grace_seconds": 1e-9,  # tests set the clock to the very deadline, and sweep
    }
    return Settings(**(values | changes))  # type: ignore[arg-type]  # named by each test


@pytest.fixture(scope="session", autouse=True)
def drift(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Drift]:
    """What in answers and messages, of the apps here and of real servers, is in no document."""
    folder = tmp_path_factory.mktemp("documents")
    app = create_app(make_settings("sqlite://"))
    publish(app, folder)
    dispose(app)
    drift = Drift(folder)
    with pytest.MonkeyPatch.context() as environ, checked(drift):
        environ.setenv(FOLDER, str(folder))
        environ.setenv("GUNICORN_CMD_ARGS", f"--config {DOCUMENTED}")
        yield drift


@pytest.fixture(autouse=True)
def _nothing_undocumented(drift: Drift) -> Iterator[None]:
    yield
    faults = drift.take_faults()
    assert not faults, "the published documents do not say this:\n" + "\n".join(faults)


@pytest.fixture(scope="session")
def migrated_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file as `set-up` leaves it: migrated, with the sample questions."""
    path = tmp_path_factory.mktemp("template") / "qader.sqlite3"
    app = create_app(make_settings(f"sqlite:///{path}"), clock=SettableClock())
    result = app.test_cli_runner().invoke(args=["set-up"])
    assert result.exit_code == 0, result.output
    dispose(app)
    return path


@pytest.fixture
def database_url(migrated_database: Path, tmp_path: Path) -> str:
    """The address of a fresh copy of `migrated_database`."""
    path = tmp_path / "qader.sqlite3"
    shutil.copy(migrated_database, path)
    return f"sqlite:///{path}"


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real PostgreSQL server of this test run, with migrated tables."""
    with PostgresServer(tmp_path_factory.mktemp("postgres")) as server:
        app = create_app(make_settings(server.url), clock=SettableClock())
        result = app.test_cli_runner().invoke(args=["set-up"])
        assert result.exit_code == 0, result.output
        dispose(app)
        yield server.url


@pytest.fixture
def clock() -> SettableClock:
    return SettableClock()


@pytest.fixture
def app(database_url: str, clock: SettableClock) -> Iterator[Flask]:
    app = create_app(make_settings(database_url), clock=clock, bus=SilenceableBus())
    yield app
    dispose(app)


@pytest.fixture
def service(app: Flask) -> Service:
    found: Service = app.extensions["qader_sse"]
    return found


@pytest.fixture
def postgres_app(postgres_url: str, clock: SettableClock) -> Iterator[Flask]:
    """An app on PostgreSQL; `postgres_service` empties its tables."""
    app = create_app(make_settings(postgres_url), clock=clock)
    yield app
    dispose(app)


@pytest.fixture
def postgres_service(postgres_app: Flask) -> Service:
    """A service on PostgreSQL with the accounts noura and khalid, and of other tests nothing."""
    found: Service = postgres_app.extensions["qader_sse"]
    with found.database.transaction() as tx:
        names = ", ".join(db.metadata.tables.keys() - SET_UP)
        tx.connection.execute(text(f"TRUNCATE {names}"))
    add_users(found, "noura", "khalid")
    return found


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.programs)])
def service_on_either(request: pytest.FixtureRequest) -> Service:
    """A service with the accounts noura and khalid, on each of the two databases in turn."""
    if request.param == "postgres":
        on_postgres: Service = request.getfixturevalue("postgres_service")
        return on_postgres
    on_sqlite: Service = request.getfixturevalue("service")
    add_users(on_sqlite, "noura", "khalid")
    return on_sqlite


@pytest.fixture
def people(service: Service) -> dict[str, int]:
    """The ids of three accounts, by username."""
    names = ("noura", "khalid", "stranger")
    return dict(zip(names, add_users(service, *names), strict=True))


@pytest.fixture
def as_user(app: Flask, people: dict[str, int]) -> Callable[[str], FlaskClient]:
    """Return a function that signs a user in and returns their browser."""
    return lambda name: sign_in(app.test_client(), name)


@pytest.fixture
def import_file(app: Flask, tmp_path: Path) -> Import:
    """Return a function that imports a question file and returns the exit code and output."""
    return importer(app, tmp_path)


@pytest.fixture(scope="session")
def make_server(tmp_path_factory: pytest.TempPathFactory) -> MakeServer:
    return maker_of_servers(tmp_path_factory.mktemp("servers") / "qader.sqlite3")


@pytest.fixture(scope="module")
def server(make_server: MakeServer) -> Iterator[LocalServer]:
    """A real gunicorn, with the accounts player1 … player40."""
    with make_server(**QUICK) as server:
        yield server


@pytest.fixture
def player(server: LocalServer) -> Iterator[Callable[[int], Api]]:
    """Return a function that signs player N in and returns their client."""
    with ExitStack() as clients:

        def sign_in_player(number: int) -> Api:
            api = Api.signed_in(server.base_url, f"player{number}", PASSWORD)
            clients.callback(api.close)
            return api

        yield sign_in_player


def dispose(app: Flask) -> None:
    """Close an app's database connections: Python warns of open ones, and a warning fails a test."""
    service: Service = app.extensions["qader_sse"]
    service.database_check.close()
    with app.app_context():
        db.engine.dispose()
