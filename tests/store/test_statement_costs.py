"""No statement of the service costs more, the more others have left in the database.

All that the service sends is sent to a database in which others have left much: of each statement
the cost is bounded below that of reading any of the tables that grow.
"""

import ast
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

import qader_sse.store
from bench.endpoints import made, route_of, use_all
from bench.filled_database import Sizes, fill
from qader_sse import create_app
from qader_sse.domain.violations import WrongCredentials
from qader_sse.extensions import db
from qader_sse.service import Service
from qader_sse.store import recent_challenges, stream_histories
from qader_sse.use_cases.django_tokens import DjangoClaims, DjangoTokens
from tests.conftest import dispose, make_settings
from tests.support.clock import SettableClock
from tests.support.duel import PASSWORD, add_users, started_duel, user_id
from tests.support.own_database import own_database
from tests.support.statement_costs import noted

SIZES = Sizes(people=4_000, challenges=6_000, online=50)
# Hundreds of steps of SQLite, which takes three to pass over a row, and rows that PostgreSQL looks at.
# Every table that grows has 4,000 rows at least; the dearest batch of deletions costs 64 and 200.
BOUNDS = {"sqlite": 75, "postgresql": 600}
DAY = 86_400
# What reads a table as a whole, for a command of an operator.
REPORTS = {
    "store.account_search.find": "looks into the middle of names",
    "store.audit.newest": "looks for what an operator wants",
    "store.exposure.read": "counts what was shown in a time",
    "store.question_answers.read": "counts all answers of a time",
}
# What is sent where no table grows: at a start, by migrations, to the questions, and to SQLite's log.
ELSEWHERE = (
    *("column_types", "database_check", "event_log_origin", "migration_locks", "postgres"),
    *("question_bank", "question_export", "schema_check", "sqlite"),
    *("sqlite_backup", "sqlite_checkpoint"),
)
SENDING = {"execute", "scalar", "scalars", "run"}


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.programs)])
def filled_url(request: pytest.FixtureRequest) -> Iterator[str]:
    if request.param == "sqlite":
        yield request.getfixturevalue("database_url")
        return
    # As for disks of today. With the default, tables as small as these are rather scanned.
    cost = "random_page_cost = 1.1"
    url = request.getfixturevalue("postgres_url")
    with own_database(url, "grown", cost, may_be_in_use=True) as own_url:
        yield own_url


@pytest.fixture
def filled(filled_url: str, clock: SettableClock) -> Iterator[Flask]:
    week = {f"{kind}_retention_seconds": 7 * DAY for kind in ("challenge", "audit")}
    app = create_app(make_settings(filled_url, **week), clock=clock)
    assert app.test_cli_runner().invoke(args=["set-up"]).exit_code == 0
    service: Service = app.extensions["qader_sse"]
    with service.database.transaction() as tx:
        fill(tx.connection, SIZES, clock())
    yield app
    dispose(app)


def run_commands(app: Flask, clock: SettableClock) -> None:
    """Run the commands of operators that read or change what people have."""
    service: Service = app.extensions["qader_sse"]
    noura, _, _ = add_users(service, "noura", "khalid", "salma")
    duel = started_duel(service, noura, "khalid")
    service.accounts.sign_in("noura", PASSWORD, None, clock())
    for command in (
        *("users find no", "users disable noura", "users enable noura", "users rename salma huda"),
        *(
            "users link 7 noura",
            "users reset-link noura",
            "users seed --count 2 --password 6-geese",
        ),
        *("sessions list noura", "limits show --user noura", "audit --on noura", "who"),
        *(f"challenges {what} {duel.id}" for what in ("show", "replay")),
        *("challenges list noura", "questions exposure", "questions answers"),
        *(f"explain {duel.id} noura", "sessions end noura --all", "users export noura"),
        *("who --user noura", f"who --topic challenge:{duel.id} --node node"),
        f"challenges end {duel.id} --reason test --yes",
        "users erase huda --yes",
    ):
        result = app.test_cli_runner().invoke(args=command.split())
        assert result.exit_code == 0, (command, result.output)


def run_rarer_uses(app: Flask, clock: SettableClock) -> None:
    """Use what no endpoint and no command of the others here uses."""
    service: Service = app.extensions["qader_sse"]
    noura, now = user_id(service, "noura"), clock()
    for key in ("once", "once"):
        service.challenges.invite(noura, "quick_quant_10", "khalid", now, key=key)
    service.challenges.seek(noura, "accuracy_challenge", now)
    service.presence.record({noura}, {noura})
    service.stream_tickets.redeem("none", "/", now)
    service.administration.accounts.taken(["huda"])
    with suppress(WrongCredentials):
        service.accounts.sign_in("other7@example.org", PASSWORD, None, now)
    claims = DjangoClaims("8", "session", now + timedelta(days=1))
    DjangoTokens(service.database, creates_accounts=True).open_session(claims, now, None)
    with service.database.autocommit() as connection:
        other = user_id(service, "other7")
        recent_challenges.of(connection, [noura, other], now - timedelta(days=1))
        recent_challenges.new_accounts(connection, [noura, other], now - timedelta(days=1))
        stream_histories.of_topic(connection, other, f"user:{other}", now, timedelta(seconds=30))


def run_background(service: Service, clock: SettableClock) -> None:
    """Run what workers do by themselves, once a few rows of others have passed their retention."""
    service.presence.run_once()
    service.stream_recorder.run_once()
    service.hub.catch_up()
    service.hub.ended_sessions.catch_up()
    clock.advance(DAY + 1800)
    service.sweeper.run_once()
    service.sweeper.delete_old()


def routes(app: Flask) -> set[str]:
    """Return the routes of REST and of SSE; a WebSocket opens by what SSE opens by."""
    return {
        f"{method} {rule.rule}"
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith(("/api/", "/sse/"))
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }


def senders() -> set[str]:
    """Return the functions of the store that send statements."""
    found: set[str] = set()
    for path in Path(qader_sse.store.__path__[0]).glob("*.py"):
        for function in ast.walk(ast.parse(path.read_text())):
            if isinstance(function, ast.FunctionDef) and path.stem not in ELSEWHERE:
                sends = {
                    call.func.attr
                    for call in ast.walk(function)
                    if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute)
                }
                if sends & SENDING:
                    found.add(f"store.{path.stem}.{function.name}")
    return found


@pytest.mark.timeout(120)
def test_no_statement_costs_more_the_more_others_have_left(
    filled: Flask, clock: SettableClock
) -> None:
    service: Service = filled.extensions["qader_sse"]
    with filled.app_context():
        engine = db.engine
    used: set[str] = set()

    def call(client: FlaskClient, method: str, path: str, body: object) -> TestResponse:
        used.add(route_of(filled, method, path))
        return made(client, method, path, body)

    with noted(engine) as sent:
        use_all(filled, call)
        run_commands(filled, clock)
        run_rarer_uses(filled, clock)
        run_background(service, clock)
    assert sorted(routes(filled) - used) == []
    bound = BOUNDS[engine.dialect.name]
    too_dear = {
        str(one) for one in sent if one.cost > bound and not REPORTS.keys() & set(one.senders)
    }
    assert "\n".join(sorted(too_dear)) == ""
    assert sorted(senders() - {sender for one in sent for sender in one.senders}) == []
