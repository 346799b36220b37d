"""The audit log: what operators did, on whom, and when; written with the action, or not at all."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    ColumnElement,
    Connection,
    String,
    and_,
    bindparam,
    insert,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from qader_sse.domain.acts import MAX_NAME, Act
from qader_sse.extensions import Base
from qader_sse.store.column_types import BigId, UtcDateTime
from qader_sse.store.oldest_rows import OldestRows

MAX_SUBJECT = 200


class AuditEntry(Base):
    """One action of an operator. The subject is a topic's name, or says what else was acted on.

    People are named by their ids alone, so that nobody has to change the log to erase a person.
    """

    __tablename__ = "audit_log"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    os_user: Mapped[str] = mapped_column(String(MAX_NAME))
    operator: Mapped[str | None] = mapped_column(String(MAX_NAME))
    action: Mapped[str] = mapped_column(String(50))
    subject: Mapped[str] = mapped_column(String(MAX_SUBJECT))
    details: Mapped[dict[str, Any]] = mapped_column(JSON)


_OLD = OldestRows(AuditEntry, AuditEntry.at < bindparam("before"), AuditEntry.at)


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of the log, as it is read."""

    id: int
    at: datetime
    os_user: str
    operator: str | None
    action: str
    subject: str
    details: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedEntries:
    """Which entries to read; None leaves a filter out."""

    who: str | None = None  # the OS user, or the operator
    what: str | None = None  # a command, or a group of them
    subject: str | None = None
    since: datetime | None = None
    until: datetime | None = None


def record(connection: Connection, act: Act, subject: str, **details: object) -> None:
    """Write what an operator does in this transaction. The details must hold no secret."""
    record_each(connection, act, [subject], **details)


def record_each(
    connection: Connection, act: Act, subjects: Collection[str], **details: object
) -> None:
    """Write one entry for each of several that the same was done to."""
    common = {
        "at": act.at,
        "os_user": act.os_user,
        "operator": act.operator,
        "action": act.action,
        "details": details,
    }
    rows = [{**common, "subject": subject} for subject in subjects]
    if rows:
        connection.execute(insert(AuditEntry), rows)


def newest(connection: Connection, wanted: WantedEntries, limit: int) -> list[Entry]:
    """Return the newest entries that are wanted, the newest first."""
    conditions = (
        None
        if wanted.who is None
        else or_(AuditEntry.os_user == wanted.who, AuditEntry.operator == wanted.who),
        None if wanted.what is None else _is_of(wanted.what),
        None if wanted.subject is None else AuditEntry.subject == wanted.subject,
        None if wanted.since is None else AuditEntry.at >= wanted.since,
        None if wanted.until is None else AuditEntry.at < wanted.until,
    )
    rows = connection.execute(
        select(*AuditEntry.__table__.columns)
        .where(and_(true(), *(one for one in conditions if one is not None)))
        .order_by(AuditEntry.id.desc())
        .limit(limit)
    )
    return [Entry(*row) for row in rows]


def _is_of(what: str) -> ColumnElement[bool]:
    return or_(AuditEntry.action == what, AuditEntry.action.startswith(f"{what} ", autoescape=True))


def forget_details(connection: Connection, subject: str) -> None:
    """Clear what the entries about a person say of them; that something was done stays."""
    of_one = update(AuditEntry).where(AuditEntry.subject == subject)
    connection.execute(of_one.values(details={}))


def delete_old(connection: Connection, before: datetime, limit: int) -> int:
    """Delete up to `limit` entries from before a time; return how many."""
    return _OLD.delete(connection, limit, before=before)
