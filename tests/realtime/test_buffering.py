"""Announcements are buffered while a stream opens, so the log is read only once."""

from qader_sse.domain.presenters import Viewer
from qader_sse.service import Service
from tests.support.duel import started_duel
from tests.support.streams import wait_until
from tests.support.transports import viewing


def test_an_event_between_reading_the_log_and_attaching_is_sent(
    service: Service, people: dict[str, int]
) -> None:
    duel = started_duel(service, people["noura"], "khalid")
    viewer = Viewer(people["noura"], "en")
    with service.hub.buffering("challenge:1"):
        start = service.opener.challenge(duel.id, viewer, None)
        service.challenges.answer(
            duel.id, viewer.user_id, duel.questions[0].id, "A", None, service.clock()
        )
        with viewing("socket", service, viewer, start) as seen:
            seen.read()
            wait_until(lambda: len(seen.messages) == 3)
    assert service.hub.counters["log_reads"] == 0


def test_a_topic_is_forgotten_if_no_stream_was_attached(
    service: Service, people: dict[str, int]
) -> None:
    duel = started_duel(service, people["noura"], "khalid")
    with service.hub.buffering("challenge:1"):
        service.challenges.answer(
            duel.id, people["noura"], duel.questions[0].id, "A", None, service.clock()
        )
        assert service.hub.counters["received"] == 2
    service.challenges.answer(
        duel.id, people["noura"], duel.questions[1].id, "A", None, service.clock()
    )
    assert service.hub.counters["received"] == 2
