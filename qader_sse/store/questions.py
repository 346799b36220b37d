"""The question bank, as the rules see it."""

from collections.abc import Mapping, Sequence
from random import SystemRandom

from sqlalchemy import select
from sqlalchemy.orm import Session

from qader_sse.domain import shapes
from qader_sse.domain.challenge import Question
from qader_sse.store import models

# Nobody predicts the next questions from the last ones.
_chance = SystemRandom()


def draw(session: Session, counts: Mapping[str, int]) -> list[Question]:
    """Draw that many questions of each section, in a random order.

    Returns fewer where a section holds too few.
    """
    ids: list[int] = []
    for section_slug, count in counts.items():
        pool = session.scalars(
            select(models.Question.id)
            .join(models.Subsection, models.Subsection.id == models.Question.subsection_id)
            .join(models.Section, models.Section.id == models.Subsection.section_id)
            .where(
                models.Section.slug == section_slug,
                models.Question.is_current.is_(True),
                models.Subsection.is_active,
            )
        ).all()
        ids += _chance.sample(pool, min(count, len(pool)))
    _chance.shuffle(ids)
    return by_ids(session, ids)


def by_ids(session: Session, ids: Sequence[int]) -> list[Question]:
    """Return these questions in the order of the ids."""
    rows = session.execute(
        select(models.Question, models.Section, models.Subsection, models.Skill)
        .join(models.Subsection, models.Subsection.id == models.Question.subsection_id)
        .join(models.Section, models.Section.id == models.Subsection.section_id)
        .outerjoin(models.Skill, models.Skill.id == models.Question.skill_id)
        .where(models.Question.id.in_(ids))
    )
    found = {row[0].id: _question(*row) for row in rows}
    return [found[question_id] for question_id in ids]


def _question(
    row: models.Question,
    section: models.Section,
    subsection: models.Subsection,
    skill: models.Skill | None,
) -> Question:
    options: shapes.Options = {
        "A": row.option_a,
        "B": row.option_b,
        "C": row.option_c,
        "D": row.option_d,
    }
    return Question(
        id=row.id,
        text=row.question_text,
        image=row.image,
        options=options,
        difficulty=row.difficulty,
        hint=row.hint,
        solution_method_summary=row.solution_method_summary,
        correct_answer=row.correct_answer,  # type: ignore[arg-type]  # held by the table's check
        explanation=row.explanation,
        section={"id": section.id, "name": section.name, "slug": section.slug},
        subsection={
            "id": subsection.id,
            "name": subsection.name,
            "slug": subsection.slug,
            "description": subsection.description,
            "order": subsection.order,
            "is_active": subsection.is_active,
        },
        skill=None if skill is None else _skill(skill),
    )


def _skill(row: models.Skill) -> shapes.Skill:
    return {"id": row.id, "name": row.name, "slug": row.slug, "description": row.description}
