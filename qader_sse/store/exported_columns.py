"""What of each table a person is given who asks for all that is stored about them.

A column is here, in one list or the other, or a test fails: whoever adds one decides.
"""

from collections.abc import Collection
from typing import Any

from sqlalchemy.orm import InstrumentedAttribute

from qader_sse.store.audit import AuditEntry
from qader_sse.store.blocks import Block
from qader_sse.store.idempotency import IdempotencyKey
from qader_sse.store.models import Answer, Attempt, Challenge, Question, User
from qader_sse.store.session_models import DjangoUser, LoginSession, PasswordReset, StreamTicket
from qader_sse.store.stream_note_models import StreamNote

Columns = tuple[InstrumentedAttribute[Any], ...]

ACCOUNT: Columns = (
    *(User.id, User.username, User.email, User.full_name, User.preferred_name, User.grade),
    *(User.profile_picture_url, User.listed_online, User.created_at, User.disabled_at),
)
SESSION: Columns = (
    *(LoginSession.id, LoginSession.device, LoginSession.refreshed_at, LoginSession.created_at),
    *(LoginSession.expires_at, LoginSession.ended_at, LoginSession.end_reason),
)
STREAM_TICKET: Columns = (StreamTicket.stream, StreamTicket.expires_at)
RESET_LINK: Columns = (PasswordReset.expires_at,)
DJANGO_ID: Columns = (DjangoUser.django_id,)
BLOCKED: Columns = (User.username, Block.created_at)
REQUEST: Columns = (
    *(IdempotencyKey.key, IdempotencyKey.request, IdempotencyKey.challenge_id),
    IdempotencyKey.created_at,
)
STREAM: Columns = (
    *(StreamNote.session, StreamNote.topic, StreamNote.transport, StreamNote.mode),
    *(StreamNote.after, StreamNote.head, StreamNote.request_id, StreamNote.attempts),
    *(StreamNote.opened_at, StreamNote.ended_at, StreamNote.reason, StreamNote.frames),
    *(StreamNote.written, StreamNote.taken, StreamNote.looked_at, StreamNote.noted),
    *(StreamNote.errors, StreamNote.acknowledged),
)
# The three people are given by their usernames.
CHALLENGE: Columns = (
    *(Challenge.id, Challenge.challenge_type, Challenge.status, Challenge.is_match),
    *(Challenge.challenger_id, Challenge.opponent_id, Challenge.winner_id),
    *(Challenge.created_at, Challenge.accepted_at, Challenge.started_at),
    *(Challenge.completed_at, Challenge.ended_at),
    *(Attempt.score, Attempt.is_ready, Attempt.start_time, Attempt.end_time),
    *(Attempt.has_left, Attempt.is_online, Attempt.absences),
)
# By challenge.
ANSWER: Columns = (
    *(Answer.challenge_id, Question.code, Answer.selected_choice, Answer.is_correct),
    *(Answer.time_taken_seconds, Answer.answered_at),
)
AUDIT_ENTRY: Columns = (AuditEntry.at, AuditEntry.action, AuditEntry.details)

EXPORTED: Collection[InstrumentedAttribute[Any]] = (
    *(*ACCOUNT, *SESSION, *STREAM_TICKET, *RESET_LINK, *DJANGO_ID, *BLOCKED, *REQUEST, *STREAM),
    *(*CHALLENGE, *ANSWER, *AUDIT_ENTRY),
)
KEPT_BACK: Collection[InstrumentedAttribute[Any]] = (
    # Secrets, or their hashes, their owner included.
    *(User.password_hash, StreamTicket.id, PasswordReset.id),
    *(LoginSession.refresh_id, LoginSession.previous_refresh_id),
    # What only comparisons need.
    *(User.username_key, User.username_skeleton),
    # Who or what a row belongs to: the export says it by its place.
    *(LoginSession.user_id, StreamTicket.session_id, PasswordReset.user_id, DjangoUser.user_id),
    *(Block.blocker_id, Block.blocked_id, IdempotencyKey.user_id, AuditEntry.subject),
    *(StreamNote.user_id, StreamNote.worker_id, StreamNote.number, AuditEntry.id),
    *(Attempt.id, Attempt.challenge_id, Attempt.user_id, Answer.user_id, Answer.question_id),
    # Who did it: others.
    *(AuditEntry.os_user, AuditEntry.operator),
    # How a duel is run, for both of its players alike.
    *(Challenge.question_ids, Challenge.first_question_at, Challenge.deadline_at),
    *(Challenge.due_at, Challenge.seen_at, Challenge.trimmed_at),
)
