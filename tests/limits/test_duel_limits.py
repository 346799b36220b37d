"""How many invites and duels people may have, with the limits as they come."""

from contextlib import suppress

import pytest

from qader_sse.domain.challenge import Challenge
from qader_sse.domain.challenge_types import CHALLENGE_TYPES
from qader_sse.domain.violations import (
    LimitReached,
    OpponentPlayedTooMuch,
    PlayedTooMuch,
    PlayedTooMuchTogether,
    ReceiverHasManyInvites,
    TooManyInvites,
    UnansweredInvites,
)
from qader_sse.service import Service
from tests.support.clock import SettableClock
from tests.support.duel import add_users, play_to_the_end, started_duel
from tests.support.tables import unchanged

DAY, HOUR = 24 * 3600.0, 3600.0
QUICK = "quick_quant_10"


def invite(service: Service, sender: int, receiver: str, kind: str = QUICK) -> Challenge:
    return service.challenges.invite(sender, kind, receiver, service.clock())


def play(service: Service, sender: int, receiver: str) -> None:
    play_to_the_end(service, started_duel(service, sender, receiver))


def grow_up(clock: SettableClock) -> None:
    clock.advance(DAY)


def how_many(service: Service, sender: int, receiver: str) -> int:
    """Return how many invites to the same person somebody can have open at once."""
    sent = set()
    for kind in CHALLENGE_TYPES:
        with suppress(LimitReached):
            sent.add(invite(service, sender, receiver, kind).id)
    return len(sent)


@pytest.mark.claim("R9")
def test_one_person_cannot_fill_up_another_and_four_cannot_either(service: Service) -> None:
    senders = add_users(service, "puppet1", "puppet2", "puppet3", "puppet4")
    add_users(service, "khalid")
    assert [how_many(service, sender, "khalid") for sender in senders] == [5, 5, 5, 5]


def test_there_is_a_bound_for_all_senders_which_those_pass_who_have_just_played(
    service: Service, clock: SettableClock
) -> None:
    noura, _ = add_users(service, "noura", "khalid")
    play(service, noura, "khalid")
    for puppet in add_users(service, *(f"puppet{number}" for number in range(6))):
        assert how_many(service, puppet, "khalid") == 5
    (another,) = add_users(service, "another")
    with pytest.raises(ReceiverHasManyInvites), unchanged(service):
        invite(service, another, "khalid")
    invite(service, noura, "khalid")
    invite(service, another, "noura")


def test_withdrawn_invites_to_the_same_person_count_for_a_day(
    service: Service, clock: SettableClock
) -> None:
    (noura, _) = add_users(service, "noura", "khalid")
    for _ in range(20):
        service.challenges.cancel(invite(service, noura, "khalid").id, noura, clock())
    with pytest.raises(UnansweredInvites) as refusal:
        invite(service, noura, "khalid")
    assert refusal.value.retry_after_seconds == DAY
    clock.advance(DAY)
    invite(service, noura, "khalid")


@pytest.mark.claim("R9")
def test_a_hundred_unaccepted_invites_a_day_are_the_most_that_one_person_sends(
    service: Service,
) -> None:
    names = [f"pupil{number}" for number in range(26)]
    add_users(service, *names)
    (noura,) = add_users(service, "noura")
    sent = 0
    with suppress(TooManyInvites):
        for name in names:
            for kind in CHALLENGE_TYPES:
                invite(service, noura, name, kind)
                sent += 1
    assert sent == 100


@pytest.mark.claim("R9")
def test_twenty_duels_with_the_same_person_a_day_whoever_invites_and_accepts(
    service: Service, clock: SettableClock
) -> None:
    noura, khalid, _ = add_users(service, "noura", "khalid", "sara")
    grow_up(clock)
    waiting = invite(service, noura, "khalid", "medium_verbal_15")
    for number in range(20):
        play(service, *((noura, "khalid") if number % 2 else (khalid, "noura")))
        clock.advance(300)
    for sender, receiver in ((noura, "khalid"), (khalid, "noura")):
        with pytest.raises(PlayedTooMuchTogether) as refusal, unchanged(service):
            invite(service, sender, receiver)
        assert refusal.value.retry_after_seconds == DAY - 20 * 300
    with pytest.raises(PlayedTooMuchTogether), unchanged(service):
        service.challenges.accept(waiting.id, khalid, clock())

    play(service, noura, "sara")
    clock.advance(DAY - 20 * 300)
    invite(service, noura, "khalid")


def test_those_who_had_their_duels_of_the_day_are_not_matched(
    service: Service, clock: SettableClock
) -> None:
    noura, khalid, sara = add_users(service, "noura", "khalid", "sara")
    grow_up(clock)
    for _ in range(20):
        play(service, noura, "khalid")
        clock.advance(300)
    service.challenges.seek(noura, QUICK, clock())
    assert service.challenges.seek(khalid, QUICK, clock()).status == "pending_matchmaking"
    assert service.challenges.seek(sara, QUICK, clock()).status == "accepted"


@pytest.mark.claim("R9")
def test_a_new_account_sees_ninety_questions_in_an_hour_and_more_on_the_next_day(
    service: Service, clock: SettableClock
) -> None:
    noura, sara, _ = add_users(service, "noura", "sara", "khalid")
    for number in range(9):
        play(service, noura, "khalid" if number % 2 else "sara")
        clock.advance(60)
    with pytest.raises(PlayedTooMuch) as refusal, unchanged(service):
        invite(service, noura, "khalid")
    assert refusal.value.retry_after_seconds == HOUR - 9 * 60
    with pytest.raises(PlayedTooMuch), unchanged(service):
        service.challenges.seek(noura, QUICK, clock())
    sent = invite(service, sara, "noura")
    with pytest.raises(PlayedTooMuch):
        service.challenges.accept(sent.id, noura, clock())
    clock.advance(HOUR - 9 * 60)
    invite(service, noura, "khalid")

    grow_up(clock)
    for number in range(18):
        play(service, noura, "khalid" if number % 2 else "sara")
    invite(service, noura, "khalid")


def test_an_invite_cannot_be_accepted_while_its_sender_has_seen_too_much(
    service: Service, clock: SettableClock
) -> None:
    noura, khalid, _ = add_users(service, "noura", "khalid", "sara")
    sent = invite(service, noura, "khalid")
    for _ in range(9):
        play(service, noura, "sara")
    with pytest.raises(OpponentPlayedTooMuch), unchanged(service):
        service.challenges.accept(sent.id, khalid, clock())
    clock.advance(HOUR)
    assert service.challenges.accept(sent.id, khalid, clock()).status == "accepted"


def test_duels_that_are_accepted_and_not_started_count_as_seen(
    service: Service, clock: SettableClock
) -> None:
    """Otherwise somebody could accept all day, and then start everything within one hour."""
    noura, _, _ = add_users(service, "noura", "khalid", "sara")
    for number in range(9):
        sent = invite(service, noura, "khalid" if number % 2 else "sara")
        service.challenges.accept(sent.id, sent.attempts[1].player.id, clock())
    clock.advance(HOUR - 1)
    with pytest.raises(PlayedTooMuch):
        invite(service, noura, "khalid")
