"""After the database has lost commits, every viewer is shown what it holds, and no cursor is trusted.

A loss: the newest rows are deleted, and the identity changes on which the numbers were issued.
"""

from collections.abc import Iterator

import gevent
import pytest
from flask import Flask
from sqlalchemy import delete, func, select, update

from qader_sse import create_app
from qader_sse.domain.challenge import Challenge
from qader_sse.domain.events import challenge_topic, sessions_topic, user_topic
from qader_sse.domain.presenters import Viewer
from qader_sse.service import Service
from qader_sse.store import event_log, sessions
from qader_sse.store.event_log_origin import LEAP, EventLogOrigin
from qader_sse.store.models import Answer, EventRow, Topic
from qader_sse.store.secret_tokens import hashed
from tests.conftest import dispose, make_settings
from tests.support.duel import add_users, started_duel, user_id
from tests.support.streams import payload_of, wait_until
from tests.support.transports import TRANSPORTS, viewing


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.programs)])
def service(request: pytest.FixtureRequest) -> Iterator[Service]:
    if request.param == "postgres":
        on_postgres: Service = request.getfixturevalue("postgres_service")
        yield on_postgres
        with on_postgres.database.transaction() as tx:  # other tests count from 1 in its tables
            tx.connection.execute(update(EventLogOrigin).values(identity="", base=0))
        return
    app: Flask = request.getfixturevalue("app")
    found: Service = app.extensions["qader_sse"]
    add_users(found, "noura", "khalid")
    yield found


@pytest.fixture
def noura(service: Service) -> int:
    return user_id(service, "noura")


@pytest.fixture
def khalid(service: Service) -> int:
    return user_id(service, "khalid")


@pytest.fixture
def duel(service: Service, noura: int) -> Challenge:
    service.hub.catch_up()  # as at the start of a worker
    return started_duel(service, noura, "khalid")


def answer(service: Service, duel: Challenge, user: int, number: int) -> None:
    question = duel.questions[number].id
    service.challenges.answer(duel.id, user, question, "A", None, service.clock())


def lose(service: Service, topic: str, count: int, *, is_noticeable: bool = True) -> None:
    """Lose the newest events of a topic, and all answers."""
    with service.database.transaction() as tx:
        connection = tx.connection
        head = connection.scalar(select(Topic.head).where(Topic.name == topic)) or 0
        lost = EventRow.topic == topic, EventRow.seq > head - count
        connection.execute(delete(EventRow).where(*lost))
        connection.execute(update(Topic).where(Topic.name == topic).values(head=head - count))
        connection.execute(delete(Answer))
        if is_noticeable:
            connection.execute(update(EventLogOrigin).values(identity="the earlier primary"))


def mode(service: Service, duel: Challenge, user: int, cursor: int) -> str:
    return service.opener.challenge(duel.id, Viewer(user, "en"), cursor).mode


def test_no_earlier_cursor_is_served_after_the_first_write(
    service: Service, duel: Challenge, noura: int, khalid: int
) -> None:
    answer(service, duel, khalid, 0)
    lose(service, challenge_topic(duel.id), 2)
    answer(service, duel, khalid, 1)
    answer(service, duel, khalid, 2)
    assert {mode(service, duel, noura, cursor) for cursor in range(20)} == {"reset"}
    start = service.opener.challenge(duel.id, Viewer(noura, "en"), 7)
    assert start.cursor > LEAP
    assert mode(service, duel, noura, start.cursor) == "resumed"


def test_a_worker_that_starts_afterwards_serves_no_earlier_cursor(
    service: Service, duel: Challenge, noura: int, khalid: int, request: pytest.FixtureRequest
) -> None:
    answer(service, duel, khalid, 0)
    lose(service, challenge_topic(duel.id), 2)
    with service.database.autocommit() as connection:
        url = connection.engine.url.render_as_string(hide_password=False)
    app = create_app(make_settings(url), clock=service.clock)
    later: Service = app.extensions["qader_sse"]
    later.hub.catch_up()
    assert {mode(later, duel, noura, cursor) for cursor in range(20)} == {"reset"}
    dispose(app)


def test_topics_that_were_lost_as_a_whole_begin_above_their_earlier_numbers(
    service: Service, duel: Challenge, khalid: int
) -> None:
    topic = user_topic(khalid)
    with service.database.transaction() as tx:
        tx.connection.execute(delete(EventRow).where(EventRow.topic == topic))
        tx.connection.execute(delete(Topic).where(Topic.name == topic))
    lose(service, challenge_topic(duel.id), 1)
    viewer = Viewer(khalid, "en")
    service.hub.catch_up()
    assert {service.opener.notifications(viewer, cursor).mode for cursor in range(20)} == {"reset"}
    head = service.opener.notifications(viewer, None).head
    started_duel(service, duel.challenger.id, "khalid")
    assert head > LEAP
    assert [f.seq for f in service.opener.notifications(viewer, head).frames] == [head + 1]


@pytest.mark.claim("S8")
def test_a_challenge_created_afterwards_is_served_whole_from_the_base_and_as_a_snapshot_from_0(
    service: Service, duel: Challenge, noura: int
) -> None:
    """Its first number is no 1, which would follow on 0 and could be that of a lost event."""
    lose(service, challenge_topic(duel.id), 2)
    later = started_duel(service, noura, "khalid")
    viewer = Viewer(noura, "en")
    with service.database.autocommit() as connection:
        base = connection.execute(select(EventLogOrigin.base)).scalar_one()
    whole = service.opener.challenge(later.id, viewer, base)
    assert whole.mode == "resumed"
    assert [frame.seq - base for frame in whole.frames] == [1, 2, 3, 4, 5]
    from_0 = service.opener.challenge(later.id, viewer, 0)
    assert (from_0.mode, from_0.cursor) == ("reset", base + 5)
    assert from_0.snapshot is not None


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_an_open_stream_ends_and_its_client_gets_a_reset(
    transport: str, service: Service, duel: Challenge, noura: int, khalid: int
) -> None:
    viewer = Viewer(noura, "en")
    start = service.opener.challenge(duel.id, viewer, None)
    with viewing(transport, service, viewer, start) as seen:
        seen.read()
        answer(service, duel, khalid, 0)
        wait_until(lambda: len(seen.messages) == 3)
        lose(service, challenge_topic(duel.id), 2)
        answer(service, duel, khalid, 1)
        answer(service, duel, khalid, 2)
        wait_until(lambda: seen.is_ended)
        assert len(seen.messages) == 3
    assert b"max_age" in seen.received

    back = service.opener.challenge(duel.id, viewer, 7)
    assert back.snapshot is not None  # a reset
    shown = payload_of(back.snapshot)["questions"]
    answered = {question["id"] for question in shown if question["opponent_answer_details"]}
    assert answered == {duel.questions[1].id, duel.questions[2].id}


def test_a_quiet_stream_ends_at_the_next_comparison(
    service: Service, duel: Challenge, noura: int
) -> None:
    viewer = Viewer(noura, "en")
    start = service.opener.challenge(duel.id, viewer, 5)
    with viewing("socket", service, viewer, start) as seen:
        seen.read()
        gevent.idle()
        lose(service, challenge_topic(duel.id), 1)
        service.hub.catch_up()
        wait_until(lambda: seen.is_ended)


def test_a_stream_beyond_the_log_ends_where_the_loss_leaves_no_other_trace(
    service: Service, duel: Challenge, noura: int, khalid: int
) -> None:
    viewer = Viewer(noura, "en")
    answer(service, duel, khalid, 0)
    start = service.opener.challenge(duel.id, viewer, 7)
    with viewing("socket", service, viewer, start) as seen:
        seen.read()
        gevent.idle()
        lose(service, challenge_topic(duel.id), 2, is_noticeable=False)
        service.hub.catch_up()
        wait_until(lambda: seen.is_ended)
    assert mode(service, duel, noura, 7) == "reset"


def test_a_session_that_ends_after_the_loss_ends_its_streams(
    service: Service, duel: Challenge, noura: int
) -> None:
    with service.database.transaction() as tx:
        tokens = [sessions.open_new(tx.connection, noura, service.clock()) for _ in range(2)]
    session_id, lost = map(hashed, tokens)
    service.accounts.sign_out(lost, service.clock())
    service.hub.ended_sessions.catch_up()
    assert service.hub.ended_sessions.reason(lost) == "signed_out"
    lose(service, sessions_topic(), 1)
    viewer = Viewer(noura, "en")
    start = service.opener.challenge(duel.id, viewer, None)
    with viewing("socket", service, viewer, start, session_id=session_id) as seen:
        seen.read()
        service.accounts.sign_out(session_id, service.clock())
        service.hub.ended_sessions.catch_up()
        assert seen.connection.closing == "signed_out"
    # The end of this session is among the lost commits, so the session is valid again.
    assert service.hub.ended_sessions.reason(lost) is None


def test_a_use_case_that_notices_the_loss_is_done_once(
    service: Service, duel: Challenge, khalid: int
) -> None:
    service.database.check_origin()
    lose(service, challenge_topic(duel.id), 0)
    answer(service, duel, khalid, 0)
    with service.database.autocommit() as connection:
        assert connection.scalar(select(func.count()).select_from(Answer)) == 1
        base = connection.execute(select(EventLogOrigin.base)).scalar_one()
        bounds = event_log.bounds(connection, challenge_topic(duel.id))
    assert (bounds.floor, bounds.head) == (base, base + 2)


def test_everything_remembered_of_the_database_is_forgotten(
    service: Service, duel: Challenge
) -> None:
    service.database.check_origin()
    forgotten: list[str] = []
    service.database.when_commits_are_lost(lambda: forgotten.append("all"))
    service.database.check_origin()
    assert forgotten == []
    service.database.leap()
    service.database.check_origin()
    assert forgotten == ["all"]


def test_an_event_above_a_gap_is_never_taken_for_the_next_one(
    service: Service, duel: Challenge, noura: int, khalid: int
) -> None:
    """The bounds were read before the numbers leapt, and the events afterwards."""
    before = event_log.Bounds(head=6, floor=0)
    service.database.leap()
    answer(service, duel, khalid, 0)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("qader_sse.realtime.streams.opening._bounds", lambda info, viewer: before)
        assert mode(service, duel, noura, 5) == "reset"
