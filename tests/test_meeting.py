"""Two people who want the same duel meet in one challenge, also at the same instant."""

from collections.abc import Iterator

import pytest

from qader_sse.domain.challenge import Challenge
from qader_sse.domain.events import challenge_topic, user_topic
from qader_sse.service import Service
from qader_sse.store import challenge_queries, event_pages, matchmaking
from qader_sse.store.challenge_queries import Filters
from tests.support.clock import SettableClock
from tests.support.duel import play_to_the_end, started_duel, user_id
from tests.support.workers import another_worker, at_once, races

QUICK, VERBAL = "quick_quant_10", "medium_verbal_15"
RACES = races(60)


@pytest.fixture
def ids(service_on_either: Service) -> dict[str, int]:
    return {name: user_id(service_on_either, name) for name in ("noura", "khalid")}


@pytest.fixture
def other_worker(service_on_either: Service) -> Iterator[Service]:
    with another_worker(service_on_either) as service:
        yield service


def invite(service: Service, sender: int, receiver: str, kind: str = QUICK) -> Challenge:
    return service.challenges.invite(sender, kind, receiver, service.clock())


def finished_duel(service: Service, ids: dict[str, int]) -> Challenge:
    return play_to_the_end(service, started_duel(service, ids["noura"], "khalid"))


def rematch(service: Service, finished: Challenge, user: int) -> Challenge:
    return service.challenges.rematch(finished.id, user, service.clock())


def types(service: Service, topic: str) -> list[str]:
    with service.database.read_transaction() as connection:
        return [event.type for event in event_pages.read(connection, topic, 0, 1000)]


def count(service: Service, user: int) -> int:
    with service.database.read_transaction() as connection:
        return challenge_queries.page(connection, user, Filters(), 0, 1)[0]


@pytest.mark.claim("R15")
def test_the_same_invite_again_is_the_one_that_is_pending(
    service_on_either: Service, ids: dict[str, int]
) -> None:
    service, noura = service_on_either, ids["noura"]
    first = invite(service, noura, "khalid")
    assert invite(service, noura, "khalid") == first
    assert invite(service, noura, "khalid", VERBAL).id != first.id
    assert types(service, challenge_topic(first.id)) == ["challenge.update"]
    assert len(types(service, user_topic(ids["khalid"]))) >= 2


@pytest.mark.parametrize("end", ["declined", "cancelled", "accepted", "overdue"])
def test_an_invite_that_is_not_pending_any_more_is_not_returned(
    service_on_either: Service, ids: dict[str, int], clock: SettableClock, end: str
) -> None:
    service = service_on_either
    first = invite(service, ids["noura"], "khalid")
    match end:
        case "declined":
            service.challenges.decline(first.id, ids["khalid"], clock())
        case "cancelled":
            service.challenges.cancel(first.id, ids["noura"], clock())
        case "accepted":
            service.challenges.accept(first.id, ids["khalid"], clock())
        case "overdue":
            clock.advance(service.settings.invite_seconds)
    assert invite(service, ids["noura"], "khalid").id != first.id


@pytest.mark.claim("R15")
def test_an_invite_to_somebody_who_invites_accepts_theirs(
    service_on_either: Service, ids: dict[str, int]
) -> None:
    service = service_on_either
    theirs = invite(service, ids["noura"], "khalid")
    before = len(types(service, user_topic(ids["noura"])))
    met = invite(service, ids["khalid"], "noura")
    assert (met.id, met.status) == (theirs.id, "accepted")
    assert [attempt.is_ready for attempt in met.attempts] == [False, False]
    assert types(service, user_topic(ids["noura"]))[before:] == ["challenge_accepted_notification"]
    other_type = invite(service, ids["khalid"], "noura", VERBAL)
    assert (other_type.status, other_type.challenger.id) == ("pending_invite", ids["khalid"])


@pytest.mark.claim("R16")
def test_crossed_rematches_are_one_challenge_that_starts(
    service_on_either: Service, ids: dict[str, int]
) -> None:
    service = service_on_either
    finished = finished_duel(service, ids)
    asked = rematch(service, finished, ids["khalid"])
    assert rematch(service, finished, ids["khalid"]) == asked
    met = rematch(service, finished, ids["noura"])
    assert (met.id, met.status) == (asked.id, "ongoing")
    assert types(service, challenge_topic(met.id)) == [
        "challenge.update",
        "challenge.update",
        "participant.update",
        "challenge.start",
    ]
    # An answer was lost, or the button was pressed twice: it is on already.
    for user in ids.values():
        assert rematch(service, finished, user) == met


def test_a_rematch_meets_an_invite_of_the_same_type(
    service_on_either: Service, ids: dict[str, int]
) -> None:
    service = service_on_either
    finished = finished_duel(service, ids)
    invited = invite(service, ids["khalid"], "noura")
    met = rematch(service, finished, ids["noura"])
    assert (met.id, met.status) == (invited.id, "accepted")
    assert [attempt.is_ready for attempt in met.attempts] == [False, True]
    assert rematch(service, finished, ids["khalid"]).status == "ongoing"


def test_who_asks_for_a_rematch_with_an_invite_open_is_ready_for_that_one(
    service_on_either: Service, ids: dict[str, int]
) -> None:
    service = service_on_either
    finished = finished_duel(service, ids)
    own = invite(service, ids["noura"], "khalid")
    asked = rematch(service, finished, ids["noura"])
    assert (asked.id, asked.status) == (own.id, "pending_invite")
    assert [attempt.is_ready for attempt in asked.attempts] == [True, False]


def test_what_was_begun_before_a_duel_is_no_rematch_of_it(
    service_on_either: Service, ids: dict[str, int], clock: SettableClock
) -> None:
    service = service_on_either
    earlier = started_duel(service, ids["noura"], "khalid")
    clock.advance(1)
    finished = finished_duel(service, ids)
    assert rematch(service, finished, ids["noura"]).id != earlier.id


@pytest.mark.timeout(60 + 2 * RACES)
def test_invites_that_cross_at_the_same_instant_are_one_challenge(
    service_on_either: Service, other_worker: Service, ids: dict[str, int]
) -> None:
    for number in range(RACES):
        first, second = at_once(
            lambda: invite(service_on_either, ids["noura"], "khalid"),
            lambda: invite(other_worker, ids["khalid"], "noura"),
        )
        assert first.id == second.id
        assert sorted((first.status, second.status)) == ["accepted", "pending_invite"]
        assert count(other_worker, ids["noura"]) == number + 1


@pytest.mark.timeout(60 + 2 * RACES)
def test_rematches_that_cross_at_the_same_instant_are_one_duel(
    service_on_either: Service, other_worker: Service, ids: dict[str, int], clock: SettableClock
) -> None:
    noura, khalid = ids["noura"], ids["khalid"]
    duel = started_duel(service_on_either, noura, "khalid")
    for number in range(RACES):
        clock.now = duel.due_at or clock.now
        service_on_either.sweeper.run_once()
        # One of the two presses twice.
        asked = at_once(
            lambda finished=duel: rematch(service_on_either, finished, noura),  # type: ignore[misc]
            lambda finished=duel: rematch(other_worker, finished, khalid),  # type: ignore[misc]
            lambda finished=duel: rematch(other_worker, finished, noura),  # type: ignore[misc]
        )
        assert len({challenge.id for challenge in asked}) == 1
        assert count(other_worker, noura) == number + 2
        (duel,) = [c for c in asked if c.status == "ongoing"][:1]
        assert types(service_on_either, challenge_topic(duel.id)).count("challenge.start") == 1


@pytest.mark.timeout(60 + 2 * RACES)
def test_who_searches_in_two_tabs_and_accepts_an_invite_at_once_has_at_most_one_search(
    service_on_either: Service, other_worker: Service, ids: dict[str, int], clock: SettableClock
) -> None:
    noura, khalid = ids["noura"], ids["khalid"]
    for _ in range(RACES // 2):
        invited = invite(service_on_either, khalid, "noura")
        done = at_once(
            lambda: service_on_either.challenges.seek(noura, QUICK, clock()),
            lambda: other_worker.challenges.seek(noura, VERBAL, clock()),
            lambda invited=invited: other_worker.challenges.accept(invited.id, noura, clock()),  # type: ignore[misc]
        )
        assert done[2].status == "accepted"
        with other_worker.database.read_transaction() as connection:
            assert len(matchmaking.open_searches(connection, [noura], clock())) <= 1
