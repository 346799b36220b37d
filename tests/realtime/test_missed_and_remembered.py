"""What a client has missed comes from memory while its rival follows the duel, and else from the log."""

import gevent
import pytest

from qader_sse.domain.challenge import Challenge
from qader_sse.domain.presenters import Viewer
from qader_sse.service import Service
from tests.support.duel import wrong_choice
from tests.support.streams import first_frames, stored_frames, unannounced, wait_until
from tests.support.transports import viewing

BEGUN = 5  # the head of a duel that has just started; each answer brings two events


def answer(service: Service, duel: Challenge, questions: slice) -> None:
    """Have both players answer these questions, one right and one wrong."""
    first, second = (attempt.player.id for attempt in duel.attempts)
    for question in duel.questions[questions]:
        for user_id, choice in (
            (first, question.correct_answer),
            (second, wrong_choice(duel, question.id)),
        ):
            service.challenges.answer(duel.id, user_id, question.id, choice, None, service.clock())


def other_of(duel: Challenge, viewer: Viewer) -> Viewer:
    (rival,) = {attempt.player.id for attempt in duel.attempts} - {viewer.user_id}
    return Viewer(rival, "en")


@pytest.mark.parametrize("is_announced", [True, False], ids=["remembered", "unannounced"])
@pytest.mark.parametrize("questions", [3, 10], ids=["a few", "more than memory holds"])
def test_a_client_that_was_away_gets_what_the_log_holds(
    service: Service, duel: Challenge, viewer: Viewer, questions: int, is_announced: bool
) -> None:
    """It is read only if the worker does not remember all of it, up to the head of the log."""
    rival = other_of(duel, viewer)
    with viewing("socket", service, rival, service.opener.challenge(duel.id, rival, BEGUN)) as seen:
        seen.read()
        gevent.idle()
        answer(service, duel, slice(1))
        wait_until(lambda: len(seen.messages) == 4)
        if is_announced:
            answer(service, duel, slice(1, questions))
        else:
            with unannounced(service):
                answer(service, duel, slice(1, questions))
        start = service.opener.challenge(duel.id, viewer, BEGUN)
        read = service.opener.counters["rows"]
    missed = stored_frames(service, duel.id, viewer, BEGUN)
    assert first_frames(start, viewer) == missed
    assert len(missed) == 4 * questions + (questions == 10)
    is_remembered = is_announced and len(missed) <= 32
    assert read == (0 if is_remembered else len(missed))
