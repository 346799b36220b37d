"""Events of challenges that ended long ago are trimmed; a cursor before them gets a snapshot."""

import pytest
from sqlalchemy import func, select, update

from qader_sse.domain.challenge import Challenge
from qader_sse.domain.events import challenge_topic
from qader_sse.domain.presenters import Viewer
from qader_sse.service import Service
from qader_sse.store import event_log, models
from tests.support.clock import SettableClock
from tests.support.duel import play_to_the_end, started_duel
from tests.support.streams import OpenStream, payload_of


@pytest.fixture
def finished(service: Service, people: dict[str, int]) -> Challenge:
    return play_to_the_end(service, started_duel(service, people["noura"], "khalid"))


def stored(service: Service, challenge: Challenge) -> tuple[int, event_log.Bounds]:
    """Return how many events a challenge has, and the bounds of its topic."""
    topic = challenge_topic(challenge.id)
    with service.database.read_transaction() as connection:
        count = select(func.count()).where(models.EventRow.topic == topic)
        return connection.scalar(count) or 0, event_log.bounds(connection, topic)


def test_events_are_trimmed_after_their_retention_and_the_floor_is_raised(
    service: Service, finished: Challenge, clock: SettableClock
) -> None:
    clock.advance(service.settings.log_retention_seconds)
    assert service.sweeper.delete_old()["challenge logs"] == 0
    assert stored(service, finished) == (46, event_log.Bounds(head=46, floor=0))
    clock.advance(0.001)
    assert service.sweeper.delete_old()["challenge logs"] == 1
    assert stored(service, finished) == (0, event_log.Bounds(head=46, floor=46))
    assert service.sweeper.delete_old()["challenge logs"] == 0


def test_the_events_of_an_open_challenge_are_kept_however_old_they_are(
    service: Service, people: dict[str, int], clock: SettableClock
) -> None:
    duel = started_duel(service, people["noura"], "khalid", "accuracy_challenge")
    clock.advance(10 * service.settings.log_retention_seconds)
    assert service.sweeper.delete_old()["challenge logs"] == 0
    assert stored(service, duel)[0] == 5


@pytest.mark.parametrize("end", ["declined", "cancelled", "expired"])
def test_the_events_of_a_challenge_that_never_started_are_trimmed_as_well(
    service: Service, people: dict[str, int], clock: SettableClock, end: str
) -> None:
    invite = service.challenges.invite(people["noura"], "quick_quant_10", "khalid", clock())
    match end:
        case "declined":
            service.challenges.decline(invite.id, people["khalid"], clock())
        case "cancelled":
            service.challenges.cancel(invite.id, people["noura"], clock())
        case "expired":
            clock.advance(service.settings.invite_seconds)
            service.sweeper.run_once()
    clock.advance(service.settings.log_retention_seconds + 1)
    assert service.sweeper.delete_old()["challenge logs"] == 1
    assert stored(service, invite) == (0, event_log.Bounds(head=2, floor=2))


def test_a_challenge_without_a_recorded_end_is_trimmed_a_week_after_that_is_recorded(
    service: Service, finished: Challenge, clock: SettableClock
) -> None:
    """A challenge that ended before an upgrade, or in a worker of the older version, has none."""
    with service.database.transaction() as tx:
        tx.connection.execute(update(models.Challenge).values(ended_at=None))
    clock.advance(10 * service.settings.log_retention_seconds)
    assert service.sweeper.delete_old()["challenge logs"] == 0
    clock.advance(service.settings.log_retention_seconds + 1)
    assert service.sweeper.delete_old()["challenge logs"] == 1


def test_more_than_one_batch_is_trimmed_in_one_run(
    service: Service, people: dict[str, int], clock: SettableClock
) -> None:
    for _ in range(130):
        challenge = service.challenges.seek(people["noura"], "quick_quant_10", clock())
        service.challenges.cancel(challenge.id, people["noura"], clock())
    clock.advance(service.settings.log_retention_seconds + 1)
    assert service.sweeper.delete_old()["challenge logs"] == 130


@pytest.mark.parametrize(
    ("cursor", "mode"), [(None, "snapshot"), (0, "reset"), (45, "reset"), (46, "resumed")]
)
def test_a_reader_below_the_floor_gets_a_reset_with_the_result(
    service: Service, finished: Challenge, clock: SettableClock, cursor: int | None, mode: str
) -> None:
    clock.advance(service.settings.log_retention_seconds + 1)
    service.sweeper.delete_old()
    viewer = Viewer(finished.challenger.id, "en")
    start = service.opener.challenge(finished.id, viewer, cursor)
    assert start.mode == mode
    assert (start.snapshot is None) is (mode == "resumed")
    if start.snapshot:
        assert start.snapshot.seq == 46
        assert payload_of(start.snapshot)["status"] == "completed"


def test_a_reader_whose_next_events_are_trimmed_reconnects_and_gets_a_snapshot(
    service: Service, finished: Challenge, clock: SettableClock, people: dict[str, int]
) -> None:
    viewer = Viewer(people["noura"], "en")
    stream = OpenStream(service, viewer, service.opener.challenge(finished.id, viewer, 7))
    clock.advance(service.settings.log_retention_seconds + 1)
    service.sweeper.delete_old()
    assert list(stream.batches()) in ([], [[]])
    assert stream.connection.closing == "max_age"
