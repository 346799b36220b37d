"""The contract checker: it accepts a correct log, and reports each way to break one."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from conformance.duel_log import violations
from qader_sse.domain.messages import MESSAGE_TYPES
from qader_sse.domain.presenters import Viewer, message
from tests.support.challenges import (
    CHALLENGER,
    OPPONENT,
    RIGHT,
    TOPIC,
    WITHOUT_HINTS,
    WRONG,
    Recorder,
)

Log = list[tuple[int, dict[str, Any]]]
Break = Callable[[Log], None]


def good_log(viewer_id: int = CHALLENGER) -> Log:
    """The messages of a whole duel that the challenger wins, answering each question first."""
    duel = Recorder(WITHOUT_HINTS)
    duel.start()
    for question_id in (1, 2):
        duel.answer(CHALLENGER, question_id, RIGHT)
        duel.answer(OPPONENT, question_id, WRONG)
    viewer = Viewer(viewer_id, "en")
    # Decoded from JSON, because messages in memory share parts, and these tests change some.
    sent = [(e.seq, json.dumps(message(e, viewer))) for e in duel.events if e.topic == TOPIC]
    return [(seq, json.loads(text)) for seq, text in sent]


def payload(log: Log, kind: str) -> Any:
    """Return the first payload of this type."""
    return next(sent["payload"] for _, sent in log if sent["type"] == kind)


def position(log: Log, kind: str) -> int:
    return next(place for place, (_, sent) in enumerate(log) if sent["type"] == kind)


def renumber(log: Log) -> None:
    log[:] = [(seq, sent) for seq, (_, sent) in enumerate(log, 1)]


def remove(part: dict[str, Any], key: str) -> None:
    del part[key]


def drop(log: Log, place: int) -> None:
    del log[place]
    renumber(log)


def swap_scores(detail: dict[str, Any]) -> None:
    detail["user_score"], detail["opponent_score"] = detail["opponent_score"], detail["user_score"]


@pytest.mark.parametrize("viewer_id", [CHALLENGER, OPPONENT])
def test_a_correct_log_breaks_nothing_from_any_point_before_the_first_answer(
    viewer_id: int,
) -> None:
    log = good_log(viewer_id)
    for start in range(position(log, "answer.result") + 1):
        assert violations(log[start:], viewer_id) == []


def test_an_empty_log_breaks_nothing() -> None:
    assert violations([], CHALLENGER) == []


SHAPE_BREAKS: dict[str, tuple[Break, str]] = {
    "a message without payload": (
        lambda log: remove(log[0][1], "payload"),
        r"1: the keys are \['type'\]",
    ),
    "a message with a third key": (
        lambda log: log[0][1].update(id=1),
        r"1: the keys are \['id', 'payload', 'type'\]",
    ),
    "an unknown type": (
        lambda log: log[0][1].update(type="challenge.begin"),
        "1: challenge.begin is no message type",
    ),
    "a missing key": (
        lambda log: remove(payload(log, "challenge.update"), "attempts"),
        r"1: challenge.update: .*'missing'.*'attempts'",
    ),
    "a missing key deep inside": (
        lambda log: remove(payload(log, "challenge.end")["questions"][1]["section"], "slug"),
        r"challenge.end: .*'missing'.*'questions', 1, 'section', 'slug'",
    ),
    "an extra key": (
        lambda log: payload(log, "answer.result").update(time_taken_seconds=1),
        r"answer.result: .*'extra_forbidden'.*'time_taken_seconds'",
    ),
    "an e-mail address": (
        lambda log: payload(log, "challenge.end")["challenger"].update(email="a@b.c"),
        r"challenge.end: .*'extra_forbidden'.*'challenger', 'email'",
    ),
    "text for a number": (
        lambda log: payload(log, "participant.update").update(score="1"),
        r"participant.update: .*'int_type'.*'score'",
    ),
    "a number for yes or no": (
        lambda log: payload(log, "answer.result").update(is_correct=1),
        r"answer.result: .*'bool_type'.*'is_correct'",
    ),
    "null for the questions": (
        lambda log: payload(log, "challenge.update").update(questions=None),
        r"challenge.update: .*'list_type'.*'questions'",
    ),
    "an unknown status": (
        lambda log: payload(log, "challenge.update").update(status="paused"),
        r"challenge.update: .*'literal_error'.*'status'",
    ),
    "an unknown choice": (
        lambda log: payload(log, "answer.result").update(selected_answer="E"),
        r"answer.result: .*'literal_error'.*'selected_answer'",
    ),
}


def leak(key: str, value: object) -> Break:
    return lambda log: payload(log, "challenge.start")["questions"][0].update({key: value})


def show_the_rivals_first_answer(log: Log) -> None:
    """Show the opponent's choice to the challenger before the challenger has answered."""
    first, second = position(log, "answer.result"), position(log, "answer.result") + 2
    log[first : first + 4] = log[second : second + 2] + log[first : first + 2]
    renumber(log)


RULE_BREAKS: dict[str, tuple[Break, str]] = {
    "a hole in the numbers": (lambda log: log.__delitem__(2), "4 came after 2"),
    "a repeated number": (lambda log: log.insert(1, log[0]), "1 came after 1"),
    "numbers out of order": (
        lambda log: log.__setitem__(slice(1, 3), [log[2], log[1]]),
        "3 came after 1",
    ),
    "a result without its update": (
        lambda log: drop(log, position(log, "answer.result") + 1),
        "no participant.update at once after the answer.result",
    ),
    "an update with an old score": (
        lambda log: log[position(log, "answer.result") + 1][1]["payload"].update(score=0),
        "no participant.update at once after the answer.result",
    ),
    "a result as the last message": (
        lambda log: log.__delitem__(slice(position(log, "answer.result") + 1, None)),
        "no participant.update at once after the answer.result",
    ),
    "a message after the end": (
        lambda log: log.append((log[-1][0] + 1, log[0][1])),
        "challenge.update came after challenge.end",
    ),
    "a start before both are ready": (
        lambda log: payload(log, "challenge.start")["attempts"][0].update(is_ready=False),
        "challenge.start came before both were ready",
    ),
    "a leaked answer": (
        show_the_rivals_first_answer,
        "the other's answer to 1 was shown too early",
    ),
    "the name of the invited one": (
        lambda log: payload(log, "challenge.update")["opponent"].update(full_name="Khalid"),
        "the name or grade of the invited one was shown before they accepted",
    ),
    "the presence of who has not accepted": (
        lambda log: payload(log, "challenge.update")["attempts"][1].update(is_online=True),
        "somebody was shown to be online while pending_invite",
    ),
    "questions before the start": (
        lambda log: payload(log, "challenge.update").update(
            questions=payload(log, "challenge.start")["questions"]
        ),
        "questions were shown while pending_invite",
    ),
    "a leaked right answer": (
        leak("correct_answer", RIGHT),
        "correct_answer of question 1 was shown while ongoing",
    ),
    "a leaked explanation": (
        leak("explanation", "because"),
        "explanation of question 1 was shown while ongoing",
    ),
    "a leaked method": (
        leak("solution_method_summary", "so"),
        "solution_method_summary of question 1 was shown while ongoing",
    ),
    "a rival's choice beside a question": (
        leak("opponent_answer_details", {"selected_choice": WRONG, "is_correct": False}),
        "what the other chose at question 1 was shown",
    ),
    "a hint where there are none": (leak("hint", "think"), "the hint of question 1 was shown"),
    "swapped scores": (
        lambda log: swap_scores(payload(log, "challenge.end")),
        "the scores of challenge.end are not this viewer's",
    ),
    "the other's score as one's own": (
        lambda log: payload(log, "challenge.end").update(user_score=0),
        "the scores of challenge.end are not this viewer's",
    ),
    "one's own score as the other's": (
        lambda log: payload(log, "challenge.end").update(opponent_score=2),
        "the scores of challenge.end are not this viewer's",
    ),
    "the other's victory": (
        lambda log: payload(log, "challenge.end").update(user_is_winner=False),
        "user_is_winner of challenge.end is not this viewer's",
    ),
}


@pytest.mark.parametrize(
    ("breaking", "expected"),
    [pytest.param(*case, id=name) for name, case in (SHAPE_BREAKS | RULE_BREAKS).items()],
)
def test_each_break_is_named(breaking: Break, expected: str) -> None:
    log = good_log()
    breaking(log)
    assert re.search(expected, "\n".join(violations(log, CHALLENGER)))


def test_another_viewers_log_is_not_ones_own() -> None:
    assert violations(good_log(CHALLENGER), OPPONENT) != []


def test_the_list_of_types_is_closed() -> None:
    assert set(MESSAGE_TYPES) == {
        "challenge.update",
        "participant.update",
        "challenge.start",
        "answer.result",
        "challenge.end",
        "error",
        "new_challenge_invite",
        "challenge_accepted_notification",
        "challenge_declined_notification",
        "challenge_cancelled_notification",
    }
