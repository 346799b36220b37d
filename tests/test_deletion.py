"""What is past its retention is deleted; whoever asks for it is answered as if it had never been."""

import logging
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from qader_sse import sweeper
from qader_sse.domain.challenge import Challenge
from qader_sse.domain.events import challenge_topic, sessions_topic, user_topic
from qader_sse.domain.presenters import Viewer
from qader_sse.service import Service
from qader_sse.store import deletion, event_log
from qader_sse.store.event_log import Bounds
from qader_sse.store.models import Topic
from qader_sse.store.session_models import LoginSession
from tests.support.clock import SettableClock
from tests.support.duel import CHALLENGES, KINDS, PASSWORD, play_to_the_end, started_duel, user_id
from tests.support.log_lines import logged_by
from tests.support.streams import OpenStream, unannounced

AsUser = Callable[[str], FlaskClient]


@pytest.fixture
def finished(service: Service, people: dict[str, int]) -> Challenge:
    return play_to_the_end(service, started_duel(service, people["noura"], "khalid"))


def bounds(service: Service, topic: str) -> Bounds:
    with service.database.autocommit() as connection:
        return event_log.bounds(connection, topic)


def invite(service: Service, clock: SettableClock) -> None:
    noura = user_id(service, "noura")
    service.challenges.invite(noura, next(KINDS), "khalid", clock())


def test_a_challenge_is_deleted_after_its_retention(
    service: Service, finished: Challenge, clock: SettableClock
) -> None:
    clock.advance(service.settings.challenge_retention_seconds)
    assert service.sweeper.delete_old()["challenges"] == 0
    clock.advance(0.001)
    assert service.sweeper.delete_old()["challenges"] == 1
    assert bounds(service, challenge_topic(finished.id)) == Bounds(head=0, floor=0)


@pytest.mark.claim("S24")
def test_every_address_of_a_deleted_challenge_answers_404(
    service: Service, finished: Challenge, clock: SettableClock, as_user: AsUser
) -> None:
    clock.advance(service.settings.challenge_retention_seconds + 1)
    service.sweeper.delete_old()
    client = as_user("noura")
    address = f"{CHALLENGES}{finished.id}/"
    for read in ("", "results/", "events/", "events/?after=46"):
        assert client.get(address + read).status_code == 404
    for act in ("accept/", "ready/", "rematch/"):
        assert client.post(address + act).status_code == 404
    assert client.get(f"/sse/challenges/{finished.id}/").status_code == 404
    resumed = client.get(f"/sse/challenges/{finished.id}/", headers={"Last-Event-ID": "46"})
    assert resumed.status_code == 404
    listed = client.get(CHALLENGES).get_json()
    assert (listed["count"], listed["results"]) == (0, [])


def test_asking_for_a_deleted_challenge_leaves_no_topic_behind(
    service: Service, finished: Challenge, clock: SettableClock, as_user: AsUser
) -> None:
    clock.advance(service.settings.challenge_retention_seconds + 1)
    service.sweeper.delete_old()
    assert as_user("noura").post(f"{CHALLENGES}{finished.id}/rematch/").status_code == 404
    with service.database.autocommit() as connection:
        topic = challenge_topic(finished.id)
        assert event_log.heads(connection, [topic]) == {}


def test_an_open_challenge_is_never_deleted(
    service: Service, people: dict[str, int], clock: SettableClock
) -> None:
    duel = started_duel(service, people["noura"], "khalid", "accuracy_challenge")
    clock.advance(10 * service.settings.challenge_retention_seconds)
    assert service.sweeper.delete_old()["challenges"] == 0
    assert bounds(service, challenge_topic(duel.id)) == Bounds(head=5, floor=0)


def test_more_challenges_than_one_batch_are_deleted_in_one_run(
    service: Service, people: dict[str, int], clock: SettableClock
) -> None:
    for _ in range(45):
        challenge = service.challenges.seek(people["noura"], "quick_quant_10", clock())
        service.challenges.cancel(challenge.id, people["noura"], clock())
    clock.advance(service.settings.challenge_retention_seconds + 1)
    assert service.sweeper.delete_old()["challenges"] == 45


def test_a_stream_that_is_behind_in_a_deleted_challenge_is_closed(
    service: Service, finished: Challenge, clock: SettableClock, people: dict[str, int]
) -> None:
    """Nothing of the challenge is left, not even the floor that would show that it was trimmed."""
    viewer = Viewer(people["noura"], "en")
    stream = OpenStream(service, viewer, service.opener.challenge(finished.id, viewer, 7))
    clock.advance(service.settings.challenge_retention_seconds + 1)
    service.sweeper.delete_old()
    assert list(stream.batches()) in ([], [[]])
    assert stream.connection.closing == "max_age"


def test_the_oldest_notifications_are_trimmed_and_the_numbers_go_on(
    service_on_either: Service, clock: SettableClock
) -> None:
    service = service_on_either
    topic = user_topic(user_id(service, "khalid"))
    for _ in range(3):
        invite(service, clock)
    clock.advance(service.settings.notification_retention_seconds)
    invite(service, clock)
    assert service.sweeper.delete_old()["notifications"] == 0
    clock.advance(1)
    assert service.sweeper.delete_old()["notifications"] == 3
    assert bounds(service, topic) == Bounds(head=4, floor=3)
    clock.advance(service.settings.notification_retention_seconds)
    assert service.sweeper.delete_old()["notifications"] == 1
    invite(service, clock)
    assert bounds(service, topic) == Bounds(head=5, floor=4)


def test_a_floor_that_another_worker_raised_is_never_lowered(
    service: Service, people: dict[str, int], clock: SettableClock
) -> None:
    topic = user_topic(people["khalid"])
    invite(service, clock)
    clock.advance(service.settings.notification_retention_seconds + 1)
    for _ in range(2):
        invite(service, clock)
    with service.database.transaction() as tx:
        tx.connection.execute(update(Topic).where(Topic.name == topic).values(floor=2))
    service.sweeper.delete_old()
    assert bounds(service, topic) == Bounds(head=3, floor=2)


@pytest.mark.parametrize(("cursor", "mode"), [(0, "reset"), (2, "reset"), (3, "resumed")])
def test_a_reader_below_the_floor_of_their_notifications_gets_a_reset(
    service: Service, people: dict[str, int], clock: SettableClock, cursor: int, mode: str
) -> None:
    for _ in range(3):
        invite(service, clock)
    clock.advance(service.settings.notification_retention_seconds + 1)
    invite(service, clock)
    service.sweeper.delete_old()
    start = service.opener.notifications(Viewer(people["khalid"], "en"), cursor)
    assert (start.mode, start.head) == (mode, 4)


def test_a_stream_that_is_behind_the_floor_of_its_topic_skips_nothing(
    service: Service, people: dict[str, int], clock: SettableClock
) -> None:
    """The log still has later events: sending them would hide that earlier ones are missing."""
    viewer = Viewer(people["khalid"], "en")
    stream = OpenStream(service, viewer, service.opener.notifications(viewer, 0))
    with unannounced(service):
        for _ in range(3):
            invite(service, clock)
        clock.advance(service.settings.notification_retention_seconds + 1)
        invite(service, clock)
    service.sweeper.delete_old()
    assert list(stream.batches()) in ([], [[]])
    assert stream.connection.closing == "max_age"


def test_sessions_are_deleted_after_they_were_ended_or_have_run_out(
    service_on_either: Service, clock: SettableClock
) -> None:
    service, settings = service_on_either, service_on_either.settings
    ended = service.accounts.sign_in("noura", PASSWORD, None, clock()).id
    open_one = service.accounts.sign_in("noura", PASSWORD, None, clock()).id
    service.accounts.sign_out(ended, clock())

    def left() -> set[str]:
        service.sweeper.delete_old()
        with service.database.autocommit() as connection:
            return set(connection.scalars(select(LoginSession.id)))

    clock.advance(settings.session_retention_seconds)
    assert left() == {ended, open_one}
    assert bounds(service, sessions_topic()) == Bounds(head=1, floor=0)
    clock.advance(0.001)
    assert left() == {open_one}
    assert bounds(service, sessions_topic()) == Bounds(head=1, floor=1)
    clock.advance(settings.session_seconds)
    assert left() == set()


def test_what_another_transaction_holds_is_left_for_the_next_run(
    postgres_service: Service, clock: SettableClock
) -> None:
    service = postgres_service
    noura = user_id(service, "noura")
    held, free = (
        play_to_the_end(service, started_duel(service, noura, "khalid")) for _ in range(2)
    )
    clock.advance(service.settings.challenge_retention_seconds + 1)
    with service.database.transaction() as tx:
        event_log.lock(tx.connection, challenge_topic(held.id))
        event_log.lock(tx.connection, user_topic(user_id(service, "khalid")))
        deleted = service.sweeper.delete_old()
        assert (deleted["challenges"], deleted["notifications"]) == (1, 2)
    assert bounds(service, challenge_topic(free.id)) == Bounds(head=0, floor=0)
    deleted = service.sweeper.delete_old()
    assert (deleted["challenges"], deleted["notifications"]) == (1, 2)


def test_a_deletion_that_fails_does_not_stop_the_others(
    service: Service,
    finished: Challenge,
    clock: SettableClock,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail(*given: object) -> int:
        raise ValueError

    monkeypatch.setattr(deletion, "trim_challenges", fail)
    clock.advance(service.settings.challenge_retention_seconds + 1)
    with caplog.at_level(logging.ERROR):
        deleted = service.sweeper.delete_old()
    assert (deleted["challenge logs"], deleted["challenges"]) == (0, 1)
    assert [r.getMessage() for r in logged_by(caplog, sweeper)] == [
        "deletion failed: trim_challenges"
    ]
