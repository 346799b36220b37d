"""Reads who has been shown which questions, for a report."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, select

from qader_sse.store.models import Challenge, Question, Section, Subsection, User

_SHOWN = select(Challenge.challenger_id, Challenge.opponent_id, Challenge.question_ids).where(
    Challenge.created_at > bindparam("since"), Challenge.started_at.is_not(None)
)
_BANK = (
    select(Question.id, Section.slug)
    .join(Subsection, Subsection.id == Question.subsection_id)
    .join(Section, Section.id == Subsection.section_id)
    .where(Question.is_current.is_(True), Subsection.is_active)
)
_NAMES = select(User.id, User.username).where(User.id.in_(bindparam("ids", expanding=True)))
_ROWS_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class Exposure:
    """How much of the bank was shown: of each section, and to those who were shown most."""

    sections: dict[str, tuple[int, int]]  # questions that somebody was shown, and all
    people: list[tuple[str, int]]  # usernames, and how many questions each was shown
    count: int  # of all questions


def read(connection: Connection, since: datetime, most_people: int) -> Exposure:
    """Count the current questions that were shown since a time, in one pass over the challenges."""
    section_of = {row.id: row.slug for row in connection.execute(_BANK)}
    shown_to: dict[int, set[int]] = {}
    options = {"yield_per": _ROWS_AT_ONCE}
    for row in connection.execute(_SHOWN, {"since": since}, execution_options=options):
        current = section_of.keys() & set(row.question_ids)
        for user_id in (row.challenger_id, row.opponent_id):
            shown_to.setdefault(user_id, set()).update(current)
    shown = Counter(section_of[question_id] for question_id in set().union(*shown_to.values()))
    everything = Counter(section_of.values())
    most = sorted(shown_to, key=lambda user_id: (-len(shown_to[user_id]), user_id))[:most_people]
    names = _names(connection, most)
    return Exposure(
        sections={slug: (shown[slug], everything[slug]) for slug in sorted(everything)},
        people=[(names[user_id], len(shown_to[user_id])) for user_id in most],
        count=len(section_of),
    )


def _names(connection: Connection, user_ids: Collection[int]) -> dict[int, str]:
    return {row.id: row.username for row in connection.execute(_NAMES, {"ids": list(user_ids)})}
