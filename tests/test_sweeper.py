"""The sweeper ends overdue challenges beside other sweepers, and goes on after failures."""

import logging
import threading
from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import delete, select, update

from qader_sse import sweeper
from qader_sse.domain.challenge_types import CHALLENGE_TYPES
from qader_sse.domain.events import challenge_topic
from qader_sse.service import Service
from qader_sse.store import event_log, event_pages, models
from qader_sse.store.errors import StoreAway
from tests.support.clock import SettableClock
from tests.support.duel import add_users, started_duel, user_id
from tests.support.log_lines import logged_by
from tests.support.streams import store_away


def statuses(service: Service) -> Counter[str]:
    with service.database.read_transaction() as connection:
        return Counter(connection.scalars(select(models.Challenge.status)))


def types(service: Service, challenge_id: int) -> list[str]:
    with service.database.read_transaction() as connection:
        return [
            event.type
            for event in event_pages.read(connection, challenge_topic(challenge_id), 0, 100)
        ]


def test_each_status_ends_at_its_own_deadline(
    service: Service, clock: SettableClock, people: dict[str, int]
) -> None:
    challenges, limits = service.challenges, service.settings.time_limits
    now = clock()
    search = challenges.seek(people["stranger"], "quick_quant_10", now)
    invite = challenges.invite(people["noura"], "medium_verbal_15", "khalid", now)
    accepted = challenges.invite(people["noura"], "accuracy_challenge", "khalid", now)
    challenges.accept(accepted.id, people["khalid"], now)
    timed = started_duel(service, people["noura"], "khalid")
    untimed = started_duel(service, people["noura"], "khalid", "accuracy_challenge")
    assert timed.deadline_at is not None
    ends = {
        timed.id: (timed.deadline_at - now).total_seconds(),
        search.id: limits.matchmaking_seconds,
        accepted.id: limits.start_seconds,
        invite.id: limits.invite_seconds,
        untimed.id: limits.idle_seconds,
    }
    for seconds in sorted(set(ends.values())):
        due = [challenge_id for challenge_id, end in ends.items() if end == seconds]
        clock.now = now + timedelta(seconds=seconds, milliseconds=-1)
        assert service.sweeper.run_once() == 0
        clock.now = now + timedelta(seconds=seconds)
        assert service.sweeper.run_once() == len(due)
        for challenge_id in due:
            is_duel = challenge_id in (timed.id, untimed.id)
            assert types(service, challenge_id)[-1] == (
                "challenge.end" if is_duel else "challenge.update"
            )
    assert statuses(service) == {"completed": 2, "expired": 3}


def test_a_challenge_that_cannot_be_ended_is_skipped_and_logged_once(
    service: Service,
    clock: SettableClock,
    people: dict[str, int],
    caplog: pytest.LogCaptureFixture,
) -> None:
    invites = [
        service.challenges.invite(people["noura"], kind, "khalid", clock())
        for kind in CHALLENGE_TYPES
    ]
    with service.database.transaction() as tx:
        tx.connection.execute(
            update(models.Challenge)
            .where(models.Challenge.id == invites[0].id)
            .values(challenge_type="no such type")
        )
    service.challenge_cache.clear()  # the test changed the row without an event
    clock.advance(service.settings.invite_seconds)
    with caplog.at_level(logging.ERROR):
        ended = [service.sweeper.run_once() for _ in range(3)]
    assert ended == [4, 0, 0]
    assert service.sweeper.failed == 1
    assert [r.getMessage() for r in logged_by(caplog, sweeper)] == [
        f"expiry failed challenge={invites[0].id}, next try in 10s"
    ]


def test_it_pauses_until_the_next_deadline_and_never_longer_than_its_limit(
    service: Service, clock: SettableClock, people: dict[str, int]
) -> None:
    longest = service.settings.sweep_seconds
    service.sweeper.run_once()
    assert 0.7 * longest <= service.sweeper.pause_seconds <= longest
    service.challenges.invite(people["noura"], "quick_quant_10", "khalid", clock())
    clock.advance(service.settings.invite_seconds - 0.25)
    service.sweeper.run_once()
    assert 0.25 <= service.sweeper.pause_seconds <= 0.31
    clock.advance(0.25)
    assert service.sweeper.run_once() == 1


def test_it_pauses_while_the_database_is_unreachable(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service.maintenance, "next_due", store_away)
    with pytest.raises(StoreAway):
        service.sweeper.run_once()
    assert service.sweeper.pause_seconds > 0.5 * service.settings.sweep_seconds


def test_it_pauses_while_another_worker_holds_a_challenge_and_reports_the_lag(
    service: Service,
    clock: SettableClock,
    people: dict[str, int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    service.challenges.invite(people["noura"], "quick_quant_10", "khalid", clock())
    clock.advance(service.settings.invite_seconds + 7)
    monkeypatch.setattr(service.maintenance, "expire", lambda *arguments: set())
    assert service.sweeper.run_once() == 0
    assert service.sweeper.pause_seconds >= 0.2
    assert service.sweeper.lag_seconds == 7


def test_it_reports_how_late_it_ended_a_challenge_until_none_is_overdue(
    service: Service,
    clock: SettableClock,
    people: dict[str, int],
    caplog: pytest.LogCaptureFixture,
) -> None:
    service.challenges.invite(people["noura"], "quick_quant_10", "khalid", clock())
    clock.advance(service.settings.invite_seconds + 42)
    with caplog.at_level(logging.WARNING):
        service.sweeper.run_once()
    assert service.sweeper.lag_seconds == 42
    assert "swept late: 1 challenges, the worst 42.0s overdue" in caplog.text
    service.sweeper.run_once()
    assert service.sweeper.lag_seconds == 0


def test_more_than_one_batch_is_swept_in_one_run(
    service: Service, clock: SettableClock, people: dict[str, int]
) -> None:
    for kind in CHALLENGE_TYPES:
        for sender in add_users(service, *(f"pupil{number}" for number in range(24))):
            service.challenges.invite(sender, kind, "noura", clock())
    clock.advance(service.settings.invite_seconds)
    assert service.sweeper.run_once() == 120


def test_those_that_others_hold_are_passed_over_without_waiting_however_many(
    postgres_service: Service, clock: SettableClock
) -> None:
    service = postgres_service
    pupils = add_users(service, *(f"pupil{number}" for number in range(21)))
    held = [
        service.challenges.invite(pupil, "quick_quant_10", "khalid", clock()) for pupil in pupils
    ]
    clock.advance(1)
    free = service.challenges.invite(user_id(service, "noura"), "quick_quant_10", "khalid", clock())
    clock.advance(service.settings.invite_seconds)
    with service.database.transaction() as tx:
        for challenge in held:
            event_log.lock(tx.connection, challenge_topic(challenge.id))
        assert service.sweeper.run_once() == 1
        assert service.sweeper.lag_seconds == 1
        assert 0.2 <= service.sweeper.pause_seconds <= 0.3
    assert types(service, free.id)[-1] == "challenge.update"
    assert service.sweeper.run_once() == 21


def test_one_that_has_more_time_since_the_batch_was_read_is_left_alone(
    service: Service, clock: SettableClock, people: dict[str, int]
) -> None:
    unanswered, accepted = (
        service.challenges.invite(people["noura"], kind, "khalid", clock()).id
        for kind in ("quick_quant_10", "medium_verbal_15")
    )
    clock.advance(service.settings.invite_seconds - 1)
    service.challenges.accept(accepted, people["khalid"], clock())
    clock.advance(1)
    assert service.maintenance.expire([accepted, unanswered], clock()) == {unanswered}


def test_a_challenge_without_a_topic_keeps_no_other_from_ending(
    service: Service, clock: SettableClock, people: dict[str, int]
) -> None:
    broken, _ = (
        service.challenges.invite(people["noura"], kind, "khalid", clock())
        for kind in ("quick_quant_10", "medium_verbal_15")
    )
    with service.database.transaction() as tx:
        tx.connection.execute(
            delete(models.Topic).where(models.Topic.name == challenge_topic(broken.id))
        )
    clock.advance(service.settings.invite_seconds)
    assert [service.sweeper.run_once() for _ in range(2)] == [1, 0]
    assert service.sweeper.failed == 1


def test_two_sweepers_end_each_challenge_once(
    postgres_service: Service, clock: SettableClock
) -> None:
    service = postgres_service
    noura = user_id(service, "noura")
    duels = [started_duel(service, noura, "khalid") for _ in range(60)]
    ends_at = duels[-1].deadline_at
    assert ends_at is not None
    clock.now = ends_at
    threads = [threading.Thread(target=service.sweeper.run_once) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses(service) == {"completed": 60}
    for duel in duels:
        assert types(service, duel.id).count("challenge.end") == 1
