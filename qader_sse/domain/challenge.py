"""The state of a challenge, as plain values."""

from dataclasses import dataclass, replace
from datetime import datetime

from qader_sse.domain import payloads
from qader_sse.domain.challenge_types import ChallengeType

PENDING = ("pending_invite", "pending_matchmaking")
PLAYING = ("accepted", "ongoing")
FINAL = ("completed", "declined", "cancelled", "expired")


@dataclass(frozen=True, slots=True)
class Player:
    """The public part of an account."""

    id: int
    username: str
    full_name: str
    preferred_name: str | None = None
    grade: str | None = None
    profile_picture_url: str | None = None

    @property
    def shown_name(self) -> str:
        """What pages call this person: as `shownName` of static/app/names.js."""
        return self.preferred_name or self.full_name or self.username


@dataclass(frozen=True, slots=True)
class Attempt:
    """One participant's part in a challenge."""

    id: int
    player: Player
    score: int = 0
    is_ready: bool = False
    start_time: datetime | None = None
    end_time: datetime | None = None
    has_left: bool = False
    # As it was last told, and how many times it was told that they went away, see `domain.presence`.
    is_online: bool = False
    absences: int = 0


@dataclass(frozen=True, slots=True)
class Question:
    """A question of the bank, with its right answer. An edit creates another question."""

    id: int
    text: str
    image: str | None
    options: payloads.Options
    difficulty: int
    hint: str | None
    solution_method_summary: str | None
    correct_answer: payloads.Choice
    explanation: str | None
    section: payloads.Section
    subsection: payloads.Subsection
    skill: payloads.Skill | None
    markup: payloads.Markup | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """One participant's choice for one question."""

    user_id: int
    question_id: int
    selected_choice: payloads.Choice
    is_correct: bool
    time_taken_seconds: float | None
    answered_at: datetime


@dataclass(frozen=True, slots=True)
class Challenge:
    """A challenge at one moment.

    The first attempt is the challenger's, the second the opponent's, if there is one. `due_at` is
    when the current status runs out. `deadline_at` is set when that is a time limit for answers,
    to which clients count down. From `started_at` to `first_question_at` they count down to the
    first question. `is_match` is whether the two were matched: neither has invited the other.
    """

    id: int
    kind: ChallengeType
    status: payloads.Status
    attempts: tuple[Attempt, ...]
    questions: tuple[Question, ...]
    answers: tuple[Answer, ...]
    created_at: datetime
    due_at: datetime | None
    accepted_at: datetime | None = None
    started_at: datetime | None = None
    first_question_at: datetime | None = None
    completed_at: datetime | None = None
    deadline_at: datetime | None = None
    winner_id: int | None = None
    is_match: bool = False

    @property
    def is_agreed(self) -> bool:
        """Whether both have agreed to play: the invite was accepted, or the search was matched."""
        return self.accepted_at is not None

    @property
    def is_playing(self) -> bool:
        """Whether the two have agreed to play, and it is not over."""
        return self.status in PLAYING

    @property
    def end_reason(self) -> payloads.EndReason | None:
        """What completed the challenge; None for one that is not completed."""
        if self.status != "completed":
            return None
        if any(attempt.has_left for attempt in self.attempts):
            return "left"
        is_answered = len(self.answers) == len(self.attempts) * len(self.questions)
        return "answered" if is_answered else "time"

    @property
    def challenger(self) -> Player:
        return self.attempts[0].player

    @property
    def opponent(self) -> Player | None:
        return self.attempts[1].player if len(self.attempts) > 1 else None

    @property
    def player_ids(self) -> list[int]:
        """The ids of both, the challenger's first; of one while there is no opponent."""
        return [attempt.player.id for attempt in self.attempts]

    def is_overdue(self, now: datetime) -> bool:
        """Return whether its status has run out, which the sweeper ends some moments later."""
        return self.due_at is not None and now >= self.due_at

    def not_before(self, moment: datetime) -> datetime:
        """Return the moment, or when the challenge last changed if that is later.

        A busy worker may come to a request after another one has come to a later one; what is
        recorded of a challenge never goes back in time.
        """
        latest = [answer.answered_at for answer in self.answers[-1:]]
        known = (self.created_at, self.accepted_at, self.started_at, *latest)
        return max(moment, *(at for at in known if at is not None))

    def with_opponent(self, opponent: Player) -> "Challenge":
        """Name the opponent of a challenge that has none."""
        attempt = Attempt(id=attempt_id(self.id, 1), player=opponent)
        return replace(self, attempts=(*self.attempts, attempt))

    def attempt_of(self, user_id: int) -> Attempt | None:
        return next((a for a in self.attempts if a.player.id == user_id), None)

    def other_player(self, user_id: int) -> Player | None:
        return next((a.player for a in self.attempts if a.player.id != user_id), None)

    def answer_of(self, user_id: int, question_id: int) -> Answer | None:
        wanted = (user_id, question_id)
        return next((a for a in self.answers if (a.user_id, a.question_id) == wanted), None)


def attempt_id(challenge_id: int, position: int) -> int:
    """Return the id of the challenger's attempt (position 0) or the opponent's (position 1).

    It follows from the challenge's id, so that it is known before the attempt is stored.
    """
    return challenge_id * 2 + position
