"""The tables."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Integer,
    String,
    Text,
    UniqueConstraint,
    false,
    text,
    true,
)
from sqlalchemy.orm import Mapped, mapped_column

from qader_sse.domain import usernames
from qader_sse.domain.events import USER_PREFIX
from qader_sse.domain.payloads import Choice, Status
from qader_sse.extensions import Base
from qader_sse.store import challenge_indexes
from qader_sse.store.challenge_indexes import partial_index
from qader_sse.store.column_types import BigId, UtcDateTime

MAX_ID = 2**63 - 1
IS_NOTIFICATION = f"substr(topic, 1, {len(USER_PREFIX)}) = '{USER_PREFIX}'"


class User(Base):
    __tablename__ = "users"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    username: Mapped[str] = mapped_column(String(150))
    # The normalized username, for comparisons: `Sara` and `sara` are the same account.
    username_key: Mapped[str] = mapped_column(String(150), unique=True)
    # What the username looks like. Of accounts from before this column that look alike, only the first
    # has one; nobody can register a further one beside them.
    username_skeleton: Mapped[str | None] = mapped_column(
        String(usernames.MAX_SKELETON_LENGTH), unique=True, index=True
    )
    password_hash: Mapped[str] = mapped_column(String(255))
    email: Mapped[str | None] = mapped_column(String(254), index=True)
    full_name: Mapped[str] = mapped_column(String(150))
    preferred_name: Mapped[str | None] = mapped_column(String(150))
    grade: Mapped[str | None] = mapped_column(String(50))
    profile_picture_url: Mapped[str | None] = mapped_column(String(500))
    listed_online: Mapped[bool] = mapped_column(server_default=true())
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    disabled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Section(Base):
    __tablename__ = "sections"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    slug: Mapped[str] = mapped_column(String(100), unique=True)
    name: Mapped[str] = mapped_column(String(200))


class Subsection(Base):
    __tablename__ = "subsections"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    section_id: Mapped[int] = mapped_column(ForeignKey("sections.id"), index=True)
    slug: Mapped[str] = mapped_column(String(100), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    description: Mapped[str | None] = mapped_column(Text)
    order: Mapped[int] = mapped_column(Integer)
    is_active: Mapped[bool]


class Skill(Base):
    __tablename__ = "skills"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    subsection_id: Mapped[int] = mapped_column(ForeignKey("subsections.id"), index=True)
    slug: Mapped[str] = mapped_column(String(100), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    description: Mapped[str | None] = mapped_column(Text)


class Question(Base):
    """A question. It never changes: an edit retires the row and adds another with the same code.

    So a running challenge is scored by the questions that its participants were shown.
    """

    __tablename__ = "questions"
    __table_args__ = (
        CheckConstraint("difficulty BETWEEN 1 AND 5", name="difficulty_range"),
        CheckConstraint("correct_answer IN ('A', 'B', 'C', 'D')", name="correct_answer_choice"),
        # At most one row of a code is current; retired rows have null, and nulls never conflict.
        UniqueConstraint("code", "is_current"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    code: Mapped[str] = mapped_column(String(100))
    is_current: Mapped[bool | None]
    subsection_id: Mapped[int] = mapped_column(ForeignKey("subsections.id"), index=True)
    skill_id: Mapped[int | None] = mapped_column(ForeignKey("skills.id"), index=True)
    question_text: Mapped[str] = mapped_column(Text)
    image: Mapped[str | None] = mapped_column(String(500))
    option_a: Mapped[str] = mapped_column(Text)
    option_b: Mapped[str] = mapped_column(Text)
    option_c: Mapped[str] = mapped_column(Text)
    option_d: Mapped[str] = mapped_column(Text)
    difficulty: Mapped[int] = mapped_column(Integer)
    hint: Mapped[str | None] = mapped_column(Text)
    solution_method_summary: Mapped[str | None] = mapped_column(Text)
    correct_answer: Mapped[str] = mapped_column(String(1))
    explanation: Mapped[str | None] = mapped_column(Text)
    markup: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))


class Challenge(Base):
    __tablename__ = "challenges"
    __table_args__ = (
        *challenge_indexes.ALL,
        # Without this, SQLite gives the highest id again after its row was deleted, and a cursor in
        # the topic of the deleted challenge would be taken for one in the new challenge's topic.
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    challenge_type: Mapped[str] = mapped_column(String(50))
    status: Mapped[Status] = mapped_column(String(20))
    challenger_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    opponent_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    winner_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    # Whether the two were matched, and did not invite each other.
    is_match: Mapped[bool] = mapped_column(server_default=false())
    # In the order of the questions. No table: written before the start, and read as a whole.
    question_ids: Mapped[list[int]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    accepted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    first_question_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    completed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    deadline_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    # When the challenger of an open search was last online.
    seen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # When the challenge reached a final status, and when its events were trimmed.
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    trimmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Attempt(Base):
    __tablename__ = "attempts"
    __table_args__ = (UniqueConstraint("challenge_id", "user_id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    challenge_id: Mapped[int] = mapped_column(ForeignKey("challenges.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    score: Mapped[int] = mapped_column(Integer)
    is_ready: Mapped[bool]
    start_time: Mapped[datetime | None] = mapped_column(UtcDateTime)
    end_time: Mapped[datetime | None] = mapped_column(UtcDateTime)
    has_left: Mapped[bool] = mapped_column(server_default=false())
    # What was last told of the user's presence, and how many times it was told that they went away.
    is_online: Mapped[bool] = mapped_column(server_default=false())
    absences: Mapped[int] = mapped_column(Integer, server_default=text("0"))


class Answer(Base):
    __tablename__ = "answers"

    challenge_id: Mapped[int] = mapped_column(ForeignKey("challenges.id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    question_id: Mapped[int] = mapped_column(ForeignKey("questions.id"), primary_key=True)
    selected_choice: Mapped[Choice] = mapped_column(String(1))
    is_correct: Mapped[bool]
    time_taken_seconds: Mapped[float | None]
    answered_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Presence(Base):
    """The users present at a worker when it last recorded them."""

    __tablename__ = "presence"

    worker: Mapped[str] = mapped_column(String(32), primary_key=True)
    user_ids: Mapped[list[int]] = mapped_column(JSON)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Topic(Base):
    """The bounds of a topic. Transactions lock the row, which gives their events an order."""

    __tablename__ = "topics"

    name: Mapped[str] = mapped_column(String(100), primary_key=True)
    head: Mapped[int] = mapped_column(BigInteger)
    floor: Mapped[int] = mapped_column(BigInteger)


class EventRow(Base):
    __tablename__ = "events"
    __table_args__ = (
        # For trimming notifications by age. The events of a challenge are trimmed together, by their
        # topic, and would only make the index larger.
        partial_index("ix_events_notifications", "created_at", where=IS_NOTIFICATION),
    )

    topic: Mapped[str] = mapped_column(String(100), primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    type: Mapped[str] = mapped_column(String(50))
    fact: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    request_id: Mapped[str | None] = mapped_column(String(64))  # or a word, see request_ids.py
