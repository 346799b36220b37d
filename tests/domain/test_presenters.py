"""The messages for each participant of random challenges: fair, complete, and always the same."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.duel_log import violations
from qader_sse.domain import rules
from qader_sse.domain.challenge import Challenge
from qader_sse.domain.events import Event, user_topic
from qader_sse.domain.facts import detail_fact
from qader_sse.domain.payloads import Choice
from qader_sse.domain.presenters import Viewer, message, perspective
from qader_sse.domain.violations import RuleViolation
from tests.support.challenges import (
    CHALLENGER,
    LIMITS,
    NOW,
    OPPONENT,
    STRANGER,
    TIMED,
    TOPIC,
    UNTIMED,
    WITHOUT_HINTS,
    Recorder,
    make_challenge,
    ready,
)

PLAYERS = (CHALLENGER, OPPONENT)
VIEWERS = [Viewer(user_id, locale) for user_id in PLAYERS for locale in ("en", "ar")]
LETTERS = ("A", "B", "C", "D")
SECRETS = ("explanation-", "method-")

Move = tuple[int, int, Choice]


@dataclass(frozen=True, slots=True)
class LoggedEvent:
    """An event, and the challenge at that moment."""

    event: Event
    challenge: Challenge

    def has_answered(self, user_id: int, question_id: int) -> bool:
        return self.challenge.answer_of(user_id, question_id) is not None


def play(kind: str, openings: list[int], moves: list[Move], finish: bool) -> list[LoggedEvent]:
    """Play a challenge in which participants also try refused actions, then let its time run out."""
    duel = Recorder(kind, num_questions=3)
    logged = [LoggedEvent(event, duel.challenge) for event in duel.events]

    def try_all(*steps: Any) -> None:
        for step in steps:
            before = len(duel.events)
            duel.now += timedelta(seconds=1)
            try:
                duel.do(step)
            except RuleViolation:
                assert len(duel.events) == before
            logged.extend(LoggedEvent(event, duel.challenge) for event in duel.events[before:])

    def answers(move: Move) -> Any:
        return lambda c: rules.answer(c, *move, None, duel.now, LIMITS)

    try_all(*(lambda c, user_id=u: ready(c, user_id, duel.now) for u in openings))
    try_all(lambda c: rules.accept(c, OPPONENT, duel.now, LIMITS))
    try_all(*(lambda c, user_id=u: ready(c, user_id, duel.now) for u in (*openings, *PLAYERS)))
    try_all(*map(answers, moves))
    if finish:
        try_all(*(answers((u, q, "D")) for u in PLAYERS for q in (1, 2, 3)))
    try_all(lambda c: rules.expire(c, NOW + timedelta(days=1)))
    return logged


a_move = st.tuples(st.sampled_from(PLAYERS), st.integers(1, 4), st.sampled_from(LETTERS))
duels = st.builds(
    play,
    st.sampled_from([TIMED, UNTIMED, WITHOUT_HINTS]),
    st.lists(st.sampled_from(PLAYERS), max_size=3),
    st.lists(a_move, max_size=12),
    st.booleans(),
)


def letters_in(part: Any, question_id: int | None = None) -> Iterator[tuple[int | None, str]]:
    """Find every answer letter in a message, with the id of the question around it.

    No other value of a message is a single letter, so this finds one under any key.
    """
    if isinstance(part, dict):
        inside = part.get("question_id", part["id"] if "difficulty" in part else question_id)
        for value in part.values():
            yield from letters_in(value, inside)
    elif isinstance(part, list):
        for value in part:
            yield from letters_in(value, question_id)
    elif part in LETTERS:
        yield question_id, part


@given(duels)
@settings(deadline=None)
def test_the_messages_of_both_participants_keep_the_contract_in_both_languages(
    duel: list[LoggedEvent],
) -> None:
    for viewer in VIEWERS:
        log = [(t.event.seq, message(t.event, viewer)) for t in duel if t.event.topic == TOPIC]
        assert [violations(log[start:], viewer.user_id) for start in (0, 1)] == [[], []]
        assert log[-1][1]["type"] == "challenge.end"


@given(duels)
@settings(deadline=None)
def test_until_the_end_the_other_choice_is_shown_only_after_the_own_answer(
    duel: list[LoggedEvent],
) -> None:
    for logged in (t for t in duel if t.challenge.status != "completed"):
        chosen = {(a.question_id, a.selected_choice) for a in logged.challenge.answers}
        for viewer in VIEWERS:
            sent = message(logged.event, viewer)
            for question_id, letter in letters_in(sent):
                assert question_id is not None
                assert logged.has_answered(viewer.user_id, question_id)
                assert (question_id, letter) in chosen
            text = json.dumps(sent)
            assert not any(secret in text for secret in SECRETS)
            assert '"correct_answer": "' not in text
            assert "hint-" not in text or logged.challenge.kind.key == TIMED
            assert "text-" not in text or logged.challenge.status == "ongoing"


@given(duels)
@settings(deadline=None)
def test_of_the_last_events_only_the_end_reveals_the_right_answers(
    duel: list[LoggedEvent],
) -> None:
    for logged in (t for t in duel if t.challenge.status == "completed"):
        for viewer in VIEWERS:
            sent = message(logged.event, viewer)
            is_end = logged.event.type == "challenge.end"
            assert all(secret in json.dumps(sent) for secret in SECRETS) is is_end
            if logged.event.type == "answer.result" and sent["payload"]["selected_answer"]:
                assert logged.has_answered(viewer.user_id, sent["payload"]["question_id"])


@given(duels)
@settings(deadline=None)
def test_viewers_with_the_same_perspective_share_a_message(duel: list[LoggedEvent]) -> None:
    everybody = [*VIEWERS, Viewer(STRANGER, "en")]
    for logged in duel:
        sent: dict[object, dict[str, Any]] = {}
        for viewer in everybody:
            shared = sent.setdefault(
                perspective(logged.event, viewer), message(logged.event, viewer)
            )
            assert message(logged.event, viewer) == shared


@pytest.mark.claim("M20")
@given(duels)
@settings(deadline=None)
def test_a_live_event_and_one_from_the_log_give_the_same_bytes(duel: list[LoggedEvent]) -> None:
    for event in (logged.event for logged in duel):
        fact = json.loads(json.dumps(event.fact, ensure_ascii=False))
        stored = Event(event.topic, event.seq, event.type, fact)
        for viewer in VIEWERS:
            live = [json.dumps(message(event, viewer)) for _ in range(2)]
            assert [*live, json.dumps(message(stored, viewer))] == [live[0]] * 3
            assert perspective(stored, viewer) == perspective(event, viewer)


@given(duels)
@settings(deadline=None)
def test_scores_and_the_winner_are_shown_from_each_viewers_side(duel: list[LoggedEvent]) -> None:
    for logged in (t for t in duel if "attempts" in t.event.fact):
        scores = {a.player.id: a.score for a in logged.challenge.attempts}
        winner_id = logged.challenge.winner_id
        for viewer in VIEWERS:
            payload = message(logged.event, viewer)["payload"]
            (other_id,) = set(PLAYERS) - {viewer.user_id}
            assert payload["user_is_participant"] is True
            assert payload["user_score"] == scores[viewer.user_id]
            assert payload["opponent_score"] == scores[other_id]
            assert payload["user_is_winner"] == (winner_id and winner_id == viewer.user_id)


@given(duels)
@settings(deadline=None)
def test_a_snapshot_shows_each_viewer_their_own_answers(duel: list[LoggedEvent]) -> None:
    for logged in duel:
        snapshot = Event(
            TOPIC, logged.event.seq, "challenge.update", detail_fact(logged.challenge, NOW)
        )
        for viewer in VIEWERS:
            for shown in message(snapshot, viewer)["payload"]["questions"]:
                own = logged.challenge.answer_of(viewer.user_id, shown["id"])
                details = shown["user_answer_details"]
                assert (own and own.selected_choice) == (details and details["selected_choice"])
                assert (own and own.is_correct) == (details and details["is_correct"])


@pytest.mark.claim("M16")
@given(duels)
@settings(deadline=None)
def test_a_snapshot_shows_the_other_results_at_once_and_choices_after_the_end(
    duel: list[LoggedEvent],
) -> None:
    for logged in duel:
        snapshot = Event(
            TOPIC, logged.event.seq, "challenge.update", detail_fact(logged.challenge, NOW)
        )
        is_over = logged.challenge.status == "completed"
        for viewer in VIEWERS:
            (other_id,) = set(PLAYERS) - {viewer.user_id}
            for shown in message(snapshot, viewer)["payload"]["questions"]:
                given_answer = logged.challenge.answer_of(other_id, shown["id"])
                assert shown["opponent_answer_details"] == (
                    given_answer
                    and {
                        "selected_choice": given_answer.selected_choice if is_over else None,
                        "is_correct": given_answer.is_correct,
                    }
                )


def test_a_search_has_the_seekers_score_and_no_opponent() -> None:
    waiting = make_challenge(status="pending_matchmaking")
    event = Event(TOPIC, 1, "challenge.update", detail_fact(waiting, NOW))
    payload = message(event, Viewer(CHALLENGER, "en"))["payload"]
    assert (payload["user_score"], payload["opponent_score"]) == (0, None)
    assert (payload["opponent"], len(payload["attempts"])) == (None, 1)


@pytest.mark.parametrize(
    ("locale", "status", "kind"),
    [("en", "Pending Invite", "Quick Quant (10 Q)"), ("ar", "دعوة معلّقة", "كمي سريع (10 أسئلة)")],
)
def test_an_invite_is_written_in_the_viewers_language(locale: str, status: str, kind: str) -> None:
    (invite,) = [e for e in Recorder().events if e.topic == user_topic(OPPONENT)]
    payload = message(invite, Viewer(OPPONENT, locale))["payload"]
    assert (payload["status_display"], payload["challenge_type_display"]) == (status, kind)
    assert violations([(1, message(invite, Viewer(OPPONENT, locale)))], OPPONENT) == []
