"""All that is stored about one person: read for them, and erased for good.

A table that refers to people has to appear here; a test looks for those that do not. Which of its
columns are read, `exported_columns` says.
"""

from typing import Any

from sqlalchemy import Connection, Select, and_, delete, or_, select, update

from qader_sse.domain import usernames
from qader_sse.domain.events import user_topic
from qader_sse.store import accounts, audit, deletion, event_log, exported_columns
from qader_sse.store.audit import AuditEntry
from qader_sse.store.blocks import Block
from qader_sse.store.exported_columns import Columns
from qader_sse.store.idempotency import IdempotencyKey
from qader_sse.store.models import Answer, Attempt, Challenge, Question, User
from qader_sse.store.session_models import (
    DjangoUser,
    LoginSession,
    PasswordReset,
    StreamTicket,
)
from qader_sse.store.stream_note_models import StreamNote

# Of these tables, the rows of a person are deleted with them.
_THEIRS = (PasswordReset, DjangoUser, IdempotencyKey, StreamNote)

Rows = list[dict[str, Any]]
Statement = Select[*tuple[Any, ...]]


def read(connection: Connection, user_id: int) -> dict[str, Any]:
    """Return everything that is stored about a person; of others, no more than their usernames."""

    def of(model: Any, columns: Columns) -> Rows:
        return _rows(connection, select(*columns).where(model.user_id == user_id))

    blocks = select(*exported_columns.BLOCKED).join(User, User.id == Block.blocked_id)
    tickets = select(*exported_columns.STREAM_TICKET).where(_is_of_session(user_id))
    (account,) = _rows(connection, select(*exported_columns.ACCOUNT).where(User.id == user_id))
    return {
        "account": account,
        "sessions": of(LoginSession, exported_columns.SESSION),
        "stream_tickets": _rows(connection, tickets),
        "reset_links": of(PasswordReset, exported_columns.RESET_LINK),
        "django_ids": of(DjangoUser, exported_columns.DJANGO_ID),
        "blocked": _rows(connection, blocks.where(Block.blocker_id == user_id)),
        "requests": of(IdempotencyKey, exported_columns.REQUEST),
        "streams": of(StreamNote, exported_columns.STREAM),
        "challenges": _challenges(connection, user_id),
        "audit_log": _rows(connection, _audit_entries(user_id)),
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
    name = usernames.of_erased(user_id)
    event_log.lock(connection, user_topic(user_id))
    # Before the notes of streams: a worker that is writing some holds this row until it is done.
    connection.execute(update(User).where(User.id == user_id).values(**_nobody(name)))
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


def _audit_entries(user_id: int) -> Statement:
    of_subject = AuditEntry.subject == user_topic(user_id)
    return select(*exported_columns.AUDIT_ENTRY).where(of_subject).order_by(AuditEntry.id)


def _challenges(connection: Connection, user_id: int) -> Rows:
    own = select(*exported_columns.CHALLENGE).join(Attempt, Attempt.challenge_id == Challenge.id)
    found = _rows(connection, own.where(Attempt.user_id == user_id).order_by(Challenge.id))
    roles = ("challenger_id", "opponent_id")
    names = accounts.names(connection, {one[role] for one in found for role in roles} - {None})
    answers = _answers(connection, user_id)
    for one in found:
        for role in ("challenger", "opponent", "winner"):
            one[role] = names.get(one.pop(f"{role}_id"))
        one["answers"] = answers.get(one["id"], [])
    return found


def _answers(connection: Connection, user_id: int) -> dict[int, Rows]:
    """Return a person's answers by challenge."""
    # By their attempts: no index has the answers of a person, but the key has those of an attempt.
    own = (
        select(*exported_columns.ANSWER)
        .join(Question, Question.id == Answer.question_id)
        .join(
            Attempt,
            and_(Attempt.challenge_id == Answer.challenge_id, Attempt.user_id == Answer.user_id),
        )
        .where(Attempt.user_id == user_id)
    )
    rows = _rows(connection, own.order_by(Answer.answered_at))
    found: dict[int, Rows] = {}
    for row in rows:
        found.setdefault(row.pop("challenge_id"), []).append(row)
    return found


def _rows(connection: Connection, statement: Statement) -> Rows:
    return [dict(row) for row in connection.execute(statement).mappings()]
