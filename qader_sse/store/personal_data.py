"""All that is stored about one person: read for them, and erased for good.

A table that refers to people has to appear here; a test looks for those that do not.
"""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Select, delete, or_, select, update

from qader_sse.domain.events import user_topic
from qader_sse.store import audit, deletion, event_log
from qader_sse.store.blocks import Block
from qader_sse.store.idempotency import IdempotencyKey
from qader_sse.store.models import Answer, Attempt, Challenge, Question, User
from qader_sse.store.session_models import (
    DjangoUser,
    LoginSession,
    PasswordReset,
    StreamTicket,
)
from qader_sse.store.stream_note_models import StreamNote

# What nobody is given, their owner included: the hashes of secrets, and what only comparisons need.
_KEPT_BACK = {
    *("password_hash", "username_key", "username_skeleton", "user_id", "session_id"),
    *("refresh_id", "previous_refresh_id", "session", "worker_id", "number"),
}
# Of these tables, the rows of a person are deleted with them.
_THEIRS = (PasswordReset, DjangoUser, IdempotencyKey, StreamNote)

Rows = list[dict[str, Any]]


def read(connection: Connection, user_id: int) -> dict[str, Any]:
    """Return everything that is stored about a person; of others, no more than their usernames."""

    def of(model: Any) -> Rows:
        return _rows(connection, select(model.__table__).where(model.user_id == user_id))

    (account,) = _rows(connection, select(User.__table__).where(User.id == user_id))
    tickets = select(StreamTicket.stream, StreamTicket.expires_at)
    blocked = select(User.username, Block.created_at).join(User, User.id == Block.blocked_id)
    return {
        "account": account,
        "sessions": of(LoginSession),
        "stream_tickets": _rows(connection, tickets.where(_is_of_session(user_id))),
        "reset_links": _rows(
            connection, select(PasswordReset.expires_at).where(PasswordReset.user_id == user_id)
        ),
        "django_ids": of(DjangoUser),
        "blocked": _rows(connection, blocked.where(Block.blocker_id == user_id)),
        "requests": of(IdempotencyKey),
        "streams": of(StreamNote),
        "challenges": _challenges(connection, user_id),
        "audit_log": [
            {"at": entry.at, "action": entry.action, "details": entry.details}
            for entry in audit.of_subject(connection, user_topic(user_id))
        ],
    }


def open_challenges(connection: Connection, user_id: int) -> list[int]:
    """Return the ids of a person's challenges that are not over."""
    theirs = or_(Challenge.challenger_id == user_id, Challenge.opponent_id == user_id)
    found = select(Challenge.id).where(theirs, Challenge.due_at.is_not(None))
    return list(connection.scalars(found.order_by(Challenge.id)))


def erase(connection: Connection, user_id: int) -> str:
    """Make a person nobody; return the username that the account has from then on.

    The account stays, because the challenges of others refer to it. Nobody can register its name.
    """
    name = f"erased:{user_id}"
    event_log.lock(connection, user_topic(user_id))
    deletion.trim(connection, [user_topic(user_id)])
    connection.execute(delete(StreamTicket).where(_is_of_session(user_id)))
    for model in _THEIRS:
        connection.execute(delete(model).where(model.user_id == user_id))
    connection.execute(
        delete(Block).where(or_(Block.blocker_id == user_id, Block.blocked_id == user_id))
    )
    # Ended sessions keep their rows as long as those of everybody: see `deletion.delete_sessions`.
    devices = update(LoginSession).where(LoginSession.user_id == user_id)
    connection.execute(devices.values(device=None))
    audit.forget_details(connection, user_topic(user_id))
    connection.execute(update(User).where(User.id == user_id).values(**_nobody(name)))
    return name


def _nobody(name: str) -> dict[str, Any]:
    return {
        "username": name,
        "username_key": name,
        "username_skeleton": None,
        "password_hash": "",  # nosec B105  # no password is right
        "email": None,
        "full_name": "",
        "preferred_name": None,
        "grade": None,
        "profile_picture_url": None,
        "listed_online": False,
    }


def _is_of_session(user_id: int) -> Any:
    own = select(LoginSession.id).where(LoginSession.user_id == user_id)
    return StreamTicket.session_id.in_(own)


def _challenges(connection: Connection, user_id: int) -> Rows:
    columns = (
        *(Challenge.id, Challenge.challenge_type, Challenge.status, Challenge.is_match),
        *(Challenge.challenger_id, Challenge.opponent_id, Challenge.winner_id),
        *(Challenge.created_at, Challenge.accepted_at, Challenge.started_at),
        *(Challenge.completed_at, Challenge.ended_at),
        *(Attempt.score, Attempt.is_ready, Attempt.start_time, Attempt.end_time),
        *(Attempt.has_left, Attempt.is_online, Attempt.absences),
    )
    own = select(*columns).join(Attempt, Attempt.challenge_id == Challenge.id)
    found = _rows(connection, own.where(Attempt.user_id == user_id).order_by(Challenge.id))
    names = _names(connection, found)
    answers = _answers(connection, user_id)
    for one in found:
        for role in ("challenger", "opponent", "winner"):
            one[role] = names.get(one.pop(f"{role}_id"))
        one["answers"] = answers.get(one["id"], [])
    return found


def _names(connection: Connection, challenges: Iterable[dict[str, Any]]) -> dict[Any, str]:
    roles = ("challenger_id", "opponent_id")
    ids = {one[role] for one in challenges for role in roles} - {None}
    found: dict[Any, str] = {}
    for some in _in_parts(sorted(ids)):
        rows = connection.execute(select(User.id, User.username).where(User.id.in_(some)))
        found |= {row.id: row.username for row in rows}
    return found


def _in_parts(ids: list[int], size: int = 1_000) -> Iterable[list[int]]:
    return (ids[start : start + size] for start in range(0, len(ids), size))


def _answers(connection: Connection, user_id: int) -> dict[int, Rows]:
    """Return a person's answers by challenge."""
    rows = _rows(
        connection,
        select(
            *(Answer.challenge_id, Question.code, Answer.selected_choice, Answer.is_correct),
            *(Answer.time_taken_seconds, Answer.answered_at),
        )
        .join(Question, Question.id == Answer.question_id)
        .where(Answer.user_id == user_id)
        .order_by(Answer.answered_at),
    )
    found: dict[int, Rows] = {}
    for row in rows:
        found.setdefault(row.pop("challenge_id"), []).append(row)
    return found


def _rows(connection: Connection, statement: Select[*tuple[Any, ...]]) -> Rows:
    return [
        {name: value for name, value in row.items() if name not in _KEPT_BACK}
        for row in connection.execute(statement).mappings()
    ]
