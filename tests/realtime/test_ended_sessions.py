"""The topic `sessions` is followed like any other: announced at once, and caught up from the log."""

from collections.abc import Iterator

import pytest
from sqlalchemy import delete, update

from qader_sse.domain.events import Draft, sessions_topic
from qader_sse.domain.presenters import Viewer
from qader_sse.realtime.ended_sessions import EndedSessions
from qader_sse.realtime.protocol.frames import ClosingReason
from qader_sse.service import Service
from qader_sse.store.models import EventRow, Topic
from tests.support.clock import SettableClock
from tests.support.streams import unannounced
from tests.support.transports import Viewing, viewing


@pytest.fixture
def followed(service: Service) -> EndedSessions:
    service.hub.ended_sessions.catch_up()  # as at the start of a worker
    return service.hub.ended_sessions


@pytest.fixture
def stream(service: Service, people: dict[str, int]) -> Iterator[Viewing]:
    """A stream of the session "hers"."""
    viewer = Viewer(people["noura"], "en")
    start = service.opener.notifications(viewer, None)
    with viewing("socket", service, viewer, start, session_id="hers") as seen:
        yield seen


def closing(stream: Viewing) -> ClosingReason | None:
    return stream.connection.closing


def end(service: Service, *session_ids: str, reason: ClosingReason = "signed_out") -> None:
    drafts = [
        Draft(sessions_topic(), "session.ended", {"session_id": id_, "reason": reason})
        for id_ in session_ids
    ]
    with service.database.transaction() as tx:
        tx.append(drafts, service.clock())


def test_an_announced_end_closes_the_streams_of_that_session_at_once(
    service: Service, followed: EndedSessions, stream: Viewing
) -> None:
    end(service, "other", reason="disabled")
    assert closing(stream) is None
    end(service, "another", "hers", reason="disabled")
    assert closing(stream) == "disabled"
    assert followed.reason("hers") == followed.reason("other") == "disabled"
    assert followed.reason("unknown") is None


def test_an_end_that_was_not_announced_is_found_in_the_log(
    service: Service, followed: EndedSessions, stream: Viewing
) -> None:
    with unannounced(service):
        end(service, "hers")
    assert closing(stream) is None
    service.hub.ended_sessions.catch_up()
    assert closing(stream) == "signed_out"


def test_after_a_gap_the_log_has_the_ends_that_were_lost(
    service: Service, followed: EndedSessions, stream: Viewing
) -> None:
    with unannounced(service):
        end(service, "hers")
    end(service, "later")
    assert (followed.reason("hers"), followed.reason("later")) == (None, None)
    service.hub.ended_sessions.catch_up()
    assert followed.reason("hers") == followed.reason("later") == "signed_out"
    end(service, "last")
    assert followed.reason("last") == "signed_out"


def test_more_lost_ends_than_one_page_are_all_found(
    service: Service, followed: EndedSessions, stream: Viewing
) -> None:
    with unannounced(service):
        end(service, "hers", *(f"token {number}" for number in range(2_500)))
    service.hub.ended_sessions.catch_up()
    assert closing(stream) == "signed_out"
    assert followed.reason("token 2499") == "signed_out"


def test_the_first_catch_up_finds_ends_from_before_it(service: Service, stream: Viewing) -> None:
    """The stream was open, and its session ended, before this worker had read the log once."""
    end(service, "hers")
    assert closing(stream) is None
    service.hub.ended_sessions.catch_up()
    assert closing(stream) == "signed_out"


def test_an_old_number_is_read_again_after_a_failover(
    service: Service, followed: EndedSessions, stream: Viewing
) -> None:
    """The standby had not got the last two events, and gives their numbers to other ones."""
    end(service, "first", "second", "third")
    with service.database.transaction() as tx:
        name = sessions_topic()
        tx.connection.execute(delete(EventRow).where(EventRow.topic == name, EventRow.seq > 1))
        tx.connection.execute(update(Topic).where(Topic.name == name).values(head=1))
    service.database.availability.is_up = (
        False  # so that the next statement counts as the end of an outage
    )
    with unannounced(service):
        end(service, "hers")
    service.hub.ended_sessions.catch_up()
    assert closing(stream) == "signed_out"
    end(service, "announced")
    assert followed.reason("announced") == "signed_out"


@pytest.mark.parametrize("is_followed_by_another", [False, True])
def test_a_worker_that_missed_ends_which_are_deleted_closes_every_stream(
    service: Service,
    followed: EndedSessions,
    stream: Viewing,
    clock: SettableClock,
    is_followed_by_another: bool,
) -> None:
    """The worker slept for longer than events are kept, and cannot know which sessions ended."""
    with unannounced(service):
        end(service, "hers")
        clock.advance(service.settings.session_retention_seconds + 1)
        if is_followed_by_another:
            end(service, "other")
    service.sweeper.delete_old()
    assert closing(stream) is None

    service.hub.ended_sessions.catch_up()

    assert closing(stream) == "max_age"
    end(service, "announced")
    assert followed.reason("announced") == "signed_out"


def test_ends_are_read_by_their_count_because_numbers_leap_after_a_loss(
    service: Service, followed: EndedSessions
) -> None:
    end(service, "before")
    service.database.leap()
    service.hub.ended_sessions.catch_up()
    assert followed.reason("before") == "signed_out"


def test_an_end_after_a_loss_is_announced_even_where_no_event_is_left(
    service: Service, followed: EndedSessions, stream: Viewing
) -> None:
    service.database.leap()
    service.hub.ended_sessions.catch_up()
    end(service, "hers")
    assert stream.connection.closing in ("signed_out", "max_age")
    assert followed.reason("hers") == "signed_out"
