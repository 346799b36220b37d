"""Loads the questions of challenges."""

import time
from collections.abc import Mapping, Sequence
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, Row, bindparam, select

from qader_sse.domain import payloads
from qader_sse.domain.challenge import Question
from qader_sse.store import models

_CACHE_SECONDS = 60.0
_MAX_CACHED = 2_000  # at about 3 KiB each


_question, _section = models.Question.__table__.c, models.Section.__table__.c
_subsection, _skill = models.Subsection.__table__.c, models.Skill.__table__.c
_BY_IDS = (
    select(
        models.Question,
        _section.id.label("section_id"),
        _section.name.label("section_name"),
        _section.slug.label("section_slug"),
        _subsection.name.label("subsection_name"),
        _subsection.slug.label("subsection_slug"),
        _subsection.description.label("subsection_description"),
        _subsection.order.label("subsection_order"),
        _subsection.is_active.label("subsection_is_active"),
        _skill.name.label("skill_name"),
        _skill.slug.label("skill_slug"),
        _skill.description.label("skill_description"),
    )
    .join(models.Subsection, models.Subsection.id == models.Question.subsection_id)
    .join(models.Section, models.Section.id == models.Subsection.section_id)
    .outerjoin(models.Skill, models.Skill.id == models.Question.skill_id)
    .where(models.Question.id.in_(bindparam("ids", expanding=True)))
)


def by_ids(connection: Connection, ids: Sequence[int]) -> list[Question]:
    """Return these questions in the order of the ids.

    A question never changes, but an import may rename its section, subsection or skill. The new
    names appear within a minute, and in a cached challenge when it is loaded again.
    """
    cache = _caches.setdefault(connection.engine, _QuestionCache())
    found = cache.find(ids)
    missing = [question_id for question_id in ids if question_id not in found]
    if missing:
        read = {row.id: _from(row) for row in connection.execute(_BY_IDS, {"ids": missing})}
        cache.put(read)
        found |= read
    return [found[question_id] for question_id in ids]


def forget(engine: Engine) -> None:
    """Drop the cached questions of a database that lost commits: it may issue their ids again."""
    _caches.pop(engine, None)


class _QuestionCache:
    """Questions that this process has read from one database; all are dropped once a minute."""

    def __init__(self) -> None:
        self._expires_at = time.monotonic() + _CACHE_SECONDS
        self._questions: dict[int, Question] = {}

    def find(self, ids: Sequence[int]) -> dict[int, Question]:
        if time.monotonic() > self._expires_at:
            self._questions = {}
            self._expires_at = time.monotonic() + _CACHE_SECONDS
        return {q: self._questions[q] for q in ids if q in self._questions}

    def put(self, questions: Mapping[int, Question]) -> None:
        if len(self._questions) < _MAX_CACHED:
            self._questions.update(questions)


# One for each database: a process may use several, as tests do, with different rows for an id.
_caches: WeakKeyDictionary[Engine, _QuestionCache] = WeakKeyDictionary()


def _from(row: Row[Any]) -> Question:
    options: payloads.Options = {
        "A": row.option_a,
        "B": row.option_b,
        "C": row.option_c,
        "D": row.option_d,
    }
    skill: payloads.Skill = {
        "id": row.skill_id,
        "name": row.skill_name,
        "slug": row.skill_slug,
        "description": row.skill_description,
    }
    return Question(
        id=row.id,
        text=row.question_text,
        image=row.image,
        options=options,
        difficulty=row.difficulty,
        hint=row.hint,
        solution_method_summary=row.solution_method_summary,
        correct_answer=row.correct_answer,
        explanation=row.explanation,
        section={"id": row.section_id, "name": row.section_name, "slug": row.section_slug},
        subsection={
            "id": row.subsection_id,
            "name": row.subsection_name,
            "slug": row.subsection_slug,
            "description": row.subsection_description,
            "order": row.subsection_order,
            "is_active": row.subsection_is_active,
        },
        skill=None if row.skill_id is None else skill,
        markup=row.markup,
    )
