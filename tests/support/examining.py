"""The doctor, run in the test's own process with the settings of a server."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta

from flask import Flask

from qader_sse import create_app
from qader_sse.clock import SteadyClock
from qader_sse.config import Settings
from qader_sse.doctor.examination import Examination, Options
from qader_sse.doctor.finding import Finding, Part
from qader_sse.doctor.path.event_stream import EventStream
from qader_sse.doctor.path.visitor import Visitor
from qader_sse.doctor.run import examine
from qader_sse.extensions import db
from tests.conftest import dispose

# Enough for what should come at once, on a busy machine too.
PATIENCE_SECONDS = 1.5


@contextmanager
def app_with(environ: Mapping[str, str]) -> Iterator[Flask]:
    """Create an app as a command does that is given these variables."""
    app = create_app(Settings.from_env(environ))
    yield app
    dispose(app)


def cookies_of(app: Flask) -> Callable[[str], str]:
    """Return a function that makes the cookie of a session's token."""
    signer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]  # cookies are signed
    return lambda token: f"sessionid={signer.dumps({'_user_id': token})}"


@contextmanager
def streams_of_the_canary(app: Flask, url: str, count: int) -> Iterator[None]:
    """Hold so many streams open."""
    visitor = Visitor(url, app.extensions["qader_sse"], cookies_of(app))
    visitor.sign_in()
    with ExitStack() as opened:
        opened.callback(visitor.leave)
        for _ in range(count):
            connection = visitor.connect()
            stream = EventStream(connection, "/sse/challenges/notifications/", visitor.own)
            opened.callback(stream.close)
            assert stream.wait(b'"state":"open"', 10)
        yield


def found(app: Flask, part: Part, *, hours_ahead: float = 0, **options: object) -> list[Finding]:
    """Return what the checks of a part find; on a machine whose clock may be ahead."""
    chosen = Options(**({"patience_seconds": PATIENCE_SECONDS, "quiet_seconds": 0} | options))  # type: ignore[arg-type]  # named by each test
    clock = SteadyClock(wall=lambda: datetime.now(UTC) + timedelta(hours=hours_ahead))
    cookie_of = cookies_of(app)
    with app.app_context():
        exam = Examination(app.extensions["qader_sse"], db.engine, chosen, cookie_of, clock)
        return list(examine(exam, (part,), lambda part, check: None, lambda count: None))


def faults(app: Flask, part: Part, **options: object) -> set[str]:
    """Return the names of what is found. Each finding says what to do."""
    all_found = found(app, part, **options)  # type: ignore[arg-type]  # as above
    for finding in all_found:
        print(finding.fault, finding.what, finding.mend, sep="\n  ")  # shown if the test fails
        assert all((finding.what, finding.mend))
    return {finding.fault for finding in all_found}
