"""Full names and grades are for those who have agreed to play with each other."""

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from qader_sse.domain import rules
from qader_sse.domain.challenge import Challenge
from qader_sse.domain.events import Event, changes, user_topic
from qader_sse.domain.facts import detail_fact, summary_fact
from qader_sse.domain.presenters import Viewer, challenge_summary, message, perspective
from tests.support.challenges import (
    CHALLENGER,
    DUE_AT,
    LIMITS,
    NAMES,
    NOW,
    OPPONENT,
    TOPIC,
    Recorder,
    make_challenge,
    player,
    ready,
)

Step = Callable[[Challenge], Challenge]

NAME, GRADE = NAMES[OPPONENT].title(), f"grade of {NAMES[OPPONENT]}"
ENDS: dict[str, Step] = {
    "declined": lambda c: rules.decline(c, OPPONENT, NOW),
    "cancelled": lambda c: rules.cancel(c, CHALLENGER, NOW),
    "expired": lambda c: rules.expire(c, DUE_AT),
}


def texts(challenge: Challenge, viewer_id: int) -> list[str]:
    """Return what a viewer is told of a challenge: as a snapshot, in a list, as an invite."""
    viewer = Viewer(viewer_id, "en")
    snapshot = Event(TOPIC, 1, "challenge.update", detail_fact(challenge, NOW))
    invite = Event(user_topic(viewer_id), 1, "new_challenge_invite", summary_fact(challenge))
    told = [message(snapshot, viewer), message(invite, viewer)]
    return [
        json.dumps(part) for part in (*told, challenge_summary(summary_fact(challenge), viewer))
    ]


@pytest.mark.claim("M22")
@pytest.mark.parametrize("end", ENDS)
def test_an_invite_that_was_never_accepted_shows_the_inviter_no_name(end: str) -> None:
    invite = make_challenge(status="pending_invite")
    for challenge in (invite, ENDS[end](invite)):
        for text in texts(challenge, CHALLENGER):
            assert NAME not in text
            assert GRADE not in text
        assert all(NAME in text and GRADE in text for text in texts(challenge, OPPONENT))


@pytest.mark.claim("M22")
def test_whoever_invites_shows_their_own_name() -> None:
    for text in texts(make_challenge(status="pending_invite"), OPPONENT):
        assert NAMES[CHALLENGER].title() in text
        assert f"grade of {NAMES[CHALLENGER]}" in text


def test_accepting_shows_the_name_also_after_the_time_has_run_out() -> None:
    accepted = rules.accept(make_challenge(status="pending_invite"), OPPONENT, NOW, LIMITS)
    expired = rules.expire(accepted, DUE_AT.replace(year=2027))
    assert expired.status == "expired"
    for challenge in (accepted, expired):
        assert all(NAME in text and GRADE in text for text in texts(challenge, CHALLENGER))


@pytest.mark.claim("M22")
def test_a_match_shows_both_names_to_both() -> None:
    search = make_challenge(status="pending_matchmaking")
    matched = rules.match(search, player(OPPONENT), NOW, LIMITS)
    for viewer_id in (CHALLENGER, OPPONENT):
        assert all(NAME in text and "Noura" in text for text in texts(matched, viewer_id))


@pytest.mark.claim("M22")
def test_the_keys_are_there_without_names() -> None:
    (text, *_) = texts(make_challenge(status="pending_invite"), CHALLENGER)
    payload = json.loads(text)["payload"]
    for user in (payload["opponent"], payload["attempts"][1]["user"]):
        assert (user["username"], user["full_name"], user["grade"]) == ("khalid", None, None)


def test_an_update_that_both_receive_alike_shows_no_name_before_they_agree() -> None:
    """No rule changes the invited one's attempt before the invite is accepted; one might, some day."""
    invite = make_challenge(status="pending_invite")
    invited = replace(invite.attempts[1], is_ready=True)
    after = replace(invite, attempts=(invite.attempts[0], invited))
    (update,) = changes(invite, after, NOW)
    event = Event(update.topic, 1, update.type, update.fact)
    assert perspective(event, Viewer(OPPONENT, "en")) is None
    assert NAME not in json.dumps(message(event, Viewer(CHALLENGER, "en")))


def test_an_invite_written_by_an_earlier_version_shows_its_inviter_to_the_invited_one() -> None:
    (invite,) = [e for e in Recorder().events if e.topic == user_topic(OPPONENT)]
    invite.fact = {key: value for key, value in invite.fact.items() if key != "accepted_at"}
    payload = message(invite, Viewer(OPPONENT, "en"))["payload"]
    assert payload["challenger"]["full_name"] == NAMES[CHALLENGER].title()
    assert payload["opponent"]["full_name"] == NAME


def test_getting_ready_shows_the_name_once_both_have_agreed() -> None:
    accepted = make_challenge(status="accepted")
    (update,) = changes(accepted, ready(accepted, OPPONENT), NOW)
    assert update.fact["user"]["full_name"] == NAME
