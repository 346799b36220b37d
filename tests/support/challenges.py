"""Challenges as plain values, and duels played by the rules alone: no app, no database."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from operator import attrgetter

from qader_sse.domain import rules
from qader_sse.domain.challenge import (
    FINAL,
    Answer,
    Attempt,
    Challenge,
    Player,
    Question,
    attempt_id,
)
from qader_sse.domain.challenge_types import CHALLENGE_TYPES
from qader_sse.domain.events import Event, challenge_topic, changes
from qader_sse.domain.payloads import Choice, Markup, Status
from qader_sse.domain.time_limits import TimeLimits

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
DUE_AT = NOW + timedelta(minutes=5)
LIMITS = TimeLimits(
    invite_seconds=1_000,
    matchmaking_seconds=2_000,
    start_seconds=3_000,
    match_seconds=60,
    match_pause_seconds=60,
    longest_match_pause_seconds=600,
    start_countdown_seconds=3,
    idle_seconds=4_000,
    second_player_seconds=500,
    seeker_away_seconds=30,
    presence_settle_seconds=10,
)
CHALLENGER, OPPONENT, STRANGER = 11, 22, 33
NAMES = {CHALLENGER: "noura", OPPONENT: "khalid", STRANGER: "stranger"}
CHALLENGE_ID = 7
TOPIC = challenge_topic(CHALLENGE_ID)

TIMED = "quick_quant_10"
UNTIMED = "accuracy_challenge"
WITHOUT_HINTS = "medium_verbal_15"

RIGHT: Choice = "B"
WRONG: Choice = "C"


def player(user_id: int) -> Player:
    name = NAMES[user_id]
    return Player(id=user_id, username=name, full_name=name.title(), grade=f"grade of {name}")


def question(question_id: int) -> Question:
    """Make a question whose every text says which question it belongs to; B is right."""
    return Question(
        id=question_id,
        text=f"text-{question_id}",
        image=None,
        options={
            "A": f"option-{question_id}-a",
            "B": f"option-{question_id}-b",
            "C": f"option-{question_id}-c",
            "D": f"option-{question_id}-d",
        },
        difficulty=1,
        hint=f"hint-{question_id}",
        solution_method_summary=f"method-{question_id}",
        correct_answer=RIGHT,
        explanation=f"explanation-{question_id}",
        section={"id": 1, "name": "القسم", "slug": "section"},
        subsection={
            "id": 1,
            "name": "الباب",
            "slug": "subsection",
            "description": None,
            "order": 1,
            "is_active": True,
        },
        skill=None,
        markup=markup() if question_id == 1 else None,
    )


def markup() -> Markup:
    """Make the markup of question 1, which has its secrets too."""
    return {
        "question_text": "<math>text-1</math>",
        "options": {"A": None, "B": None, "C": None, "D": None},
        "hint": "<math>hint-1</math>",
        "solution_method_summary": "<math>method-1</math>",
        "explanation": "<math>explanation-1</math>",
    }


def make_challenge(
    *,
    status: Status,
    kind: str = TIMED,
    num_questions: int = 2,
    ready: Sequence[int] = (),
    has_opponent: bool = True,
) -> Challenge:
    """Make a challenge in this status; `due_at` is DUE_AT unless the status is final."""
    seated = has_opponent and status != "pending_matchmaking"
    user_ids = [CHALLENGER, OPPONENT] if seated else [CHALLENGER]
    has_started = status in ("ongoing", "completed")
    is_completed = status == "completed"
    return Challenge(
        id=CHALLENGE_ID,
        kind=CHALLENGE_TYPES[kind],
        status=status,
        attempts=tuple(
            Attempt(
                id=attempt_id(CHALLENGE_ID, seat),
                player=player(user_id),
                is_ready=user_id in ready or has_started,
                start_time=NOW if has_started else None,
                end_time=NOW if is_completed else None,
            )
            for seat, user_id in enumerate(user_ids)
        ),
        questions=tuple(question(number) for number in range(1, num_questions + 1)),
        answers=(),
        created_at=NOW,
        due_at=None if status in FINAL else DUE_AT,
        accepted_at=NOW if has_started or status == "accepted" else None,
        started_at=NOW if has_started else None,
        first_question_at=NOW if has_started else None,
        completed_at=NOW if is_completed else None,
        deadline_at=DUE_AT if has_started and kind != UNTIMED else None,
    )


def with_answer(challenge: Challenge, user_id: int, question_id: int, choice: Choice) -> Challenge:
    """Add an answer as if it had been given earlier, whatever the status is now."""
    given = Answer(user_id, question_id, choice, choice == RIGHT, None, NOW)
    return replace(challenge, answers=(*challenge.answers, given))


def ready(challenge: Challenge, user_id: int, now: datetime = NOW) -> Challenge:
    return rules.ready(challenge, user_id, now, LIMITS)


def answer(
    challenge: Challenge,
    user_id: int,
    question_id: int = 1,
    choice: Choice = RIGHT,
    now: datetime = NOW,
) -> Challenge:
    return rules.answer(challenge, user_id, question_id, choice, None, now, LIMITS)


class Recorder:
    """Plays one challenge and numbers its events per topic, as the log does."""

    def __init__(self, kind: str = TIMED, num_questions: int = 2) -> None:
        self.now = NOW
        self.challenge = make_challenge(
            status="pending_invite", kind=kind, num_questions=num_questions
        )
        self.events: list[Event] = []
        self._heads: Counter[str] = Counter()
        self._append(None, self.challenge)

    def do(self, step: Callable[[Challenge], Challenge]) -> None:
        before, self.challenge = self.challenge, step(self.challenge)
        self._append(before, self.challenge)

    def start(self) -> None:
        self.do(lambda c: ready(c, CHALLENGER))
        self.do(lambda c: rules.accept(c, OPPONENT, self.now, LIMITS))
        self.do(lambda c: ready(c, OPPONENT))

    def answer(self, user_id: int, question_id: int, choice: Choice = RIGHT) -> None:
        self.do(lambda c: answer(c, user_id, question_id, choice, self.now))

    def _append(self, before: Challenge | None, after: Challenge) -> None:
        for draft in changes(before, after, self.now):
            self._heads[draft.topic] += 1
            seq = self._heads[draft.topic]
            self.events.append(Event(draft.topic, seq, draft.type, draft.fact))


def with_sorted_answers(challenge: Challenge) -> Challenge:
    """Sort the answers: the order in which they were given is not stored, and has no meaning."""
    by_question = attrgetter("user_id", "question_id")
    return replace(challenge, answers=tuple(sorted(challenge.answers, key=by_question)))
