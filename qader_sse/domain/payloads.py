"""The shapes of all payloads that clients receive: their only definition.

mypy checks the presenters against them, pydantic checks answers and messages
(`conformance.message_shapes`), and the published documents are generated from them. Times are ISO 8601
in UTC with `Z`; ids are integers.
"""

from typing import Literal

# On Python 3.11 pydantic accepts only this TypedDict; from 3.12 on it is the same as typing's.
from typing_extensions import TypedDict

Choice = Literal["A", "B", "C", "D"]
Status = Literal[
    "pending_invite",
    "pending_matchmaking",
    "accepted",
    "ongoing",
    "completed",
    "declined",
    "cancelled",
    "expired",
]
EndReason = Literal["answered", "time", "left"]


class SimpleUser(TypedDict):
    id: int
    username: str
    # Null to everybody who has not agreed to play with this person. Users are pupils.
    full_name: str | None
    preferred_name: str | None
    grade: str | None  # null as full_name is
    profile_picture_url: str | None


class ChallengeAttempt(TypedDict):
    id: int
    user: SimpleUser
    score: int
    is_ready: bool
    start_time: str | None
    end_time: str | None
    # Has a stream open, or polls. False before both have agreed to play, and when it is over.
    is_online: bool
    # The same values again, under the two names that deployed clients read.
    userId: int
    isReady: bool


class Section(TypedDict):
    id: int
    name: str
    slug: str


class Subsection(TypedDict):
    id: int
    name: str
    slug: str
    description: str | None
    order: int
    is_active: bool


class Skill(TypedDict):
    id: int
    name: str
    slug: str
    description: str | None


class Options(TypedDict):
    A: str
    B: str
    C: str
    D: str


class OptionsMarkup(TypedDict):
    A: str | None
    B: str | None
    C: str | None
    D: str | None


class Markup(TypedDict):
    """The texts of a question with their formulas in MathML, as HTML; null is a text without a formula."""

    question_text: str | None
    options: OptionsMarkup
    hint: str | None
    solution_method_summary: str | None
    explanation: str | None


class UserAnswerDetails(TypedDict):
    selected_choice: Choice
    is_correct: bool
    time_taken_seconds: float | None  # as the client sent it with the answer
    used_hint: bool
    used_elimination: bool
    revealed_answer: bool
    revealed_explanation: bool


class OpponentAnswerDetails(TypedDict):
    selected_choice: Choice | None  # null until the challenge is completed
    is_correct: bool


class QuestionFact(TypedDict):
    """A question as both participants may see it at one moment; what is still secret is null."""

    id: int
    question_text: str
    image: str | None
    options: Options
    difficulty: Literal[1, 2, 3, 4, 5]
    hint: str | None
    solution_method_summary: str | None
    correct_answer: Choice | None
    explanation: str | None
    section: Section
    subsection: Subsection
    skill: Skill | None
    is_starred: bool
    markup: Markup | None


class Question(QuestionFact):
    user_answer_details: UserAnswerDetails | None
    opponent_answer_details: OpponentAnswerDetails | None


class ChallengeConfig(TypedDict):
    num_questions: int
    time_limit_seconds: int | None
    allow_hints: bool
    sections: list[str]
    description: str
    is_speed_challenge: bool
    is_accuracy_challenge: bool


class ChallengeList(TypedDict):
    id: int
    challenger: SimpleUser
    opponent: SimpleUser | None
    challenge_type: str
    challenge_type_display: str
    status: Status
    status_display: str
    winner: SimpleUser | None
    created_at: str
    completed_at: str | None
    user_is_participant: bool
    user_is_winner: bool | None
    user_score: int | None
    opponent_score: int | None


class ChallengeDetail(ChallengeList):
    attempts: list[ChallengeAttempt]
    challenge_config: ChallengeConfig
    questions: list[Question]
    is_match: bool  # whether the two were matched, and did not invite each other
    accepted_at: str | None
    ready_deadline_at: str | None  # while accepted: when it ends unless both are ready
    started_at: str | None
    first_question_at: str | None  # until then clients count down; null before the start
    deadline_at: str | None
    server_time: str
    end_reason: EndReason | None  # null until the challenge is completed


class ChallengeResult(ChallengeDetail):
    """The detail of a completed challenge."""


class AnswerResult(TypedDict):
    user_id: int
    question_id: int
    is_correct: bool
    selected_answer: Choice | None
    current_score: int


class Accepted(TypedDict):
    challenge_id: int
    accepted_by: str


class Declined(TypedDict):
    challenge_id: int
    declined_by: str


class Cancelled(TypedDict):
    challenge_id: int
    cancelled_by: str


class ErrorDetail(TypedDict):
    detail: str
