"""Reads the whole bank in the form in which question files are written."""

from typing import Any

from sqlalchemy import Connection, select

from qader_sse.store.models import Question, Section, Skill, Subsection

_NAMED = ("slug", "name", "description")
_TEXTS = ("hint", "explanation", "solution_method_summary", "image", "markup")
_CURRENT = (
    select(
        Question,
        Subsection.slug.label("subsection"),
        Section.slug.label("section"),
        Skill.slug.label("skill"),
    )
    .join(Subsection, Subsection.id == Question.subsection_id)
    .join(Section, Section.id == Subsection.section_id)
    .outerjoin(Skill, Skill.id == Question.skill_id)
    .where(Question.is_current.is_(True))
    .order_by(Section.id, Subsection.order, Question.code)
)

Part = dict[str, Any]


def read(connection: Connection) -> dict[str, list[Part]]:
    """Return all sections and all current questions; the markup is as it is served, not as TeX."""
    return {"sections": _sections(connection), "questions": _questions(connection)}


def _sections(connection: Connection) -> list[Part]:
    skills: dict[int, list[Part]] = {}
    for row in connection.execute(select(Skill.__table__).order_by(Skill.id)).mappings():
        skills.setdefault(row["subsection_id"], []).append(_without_null(row, _NAMED))
    subsections: dict[int, list[Part]] = {}
    in_order = select(Subsection.__table__).order_by(Subsection.order, Subsection.id)
    for row in connection.execute(in_order).mappings():
        part = _without_null(row, (*_NAMED, "order", "is_active"))
        part["skills"] = skills.get(row["id"], [])
        subsections.setdefault(row["section_id"], []).append(part)
    return [
        {"slug": row.slug, "name": row.name, "subsections": subsections.get(row.id, [])}
        for row in connection.execute(select(Section.__table__).order_by(Section.id))
    ]


def _questions(connection: Connection) -> list[Part]:
    return [
        {
            "code": row["code"],
            "section": row["section"],
            "subsection": row["subsection"],
            **_without_null(row, ("skill",)),
            "difficulty": row["difficulty"],
            "question_text": row["question_text"],
            "options": {letter: row[f"option_{letter.lower()}"] for letter in "ABCD"},
            "correct_answer": row["correct_answer"],
            **_without_null(row, _TEXTS),
        }
        for row in connection.execute(_CURRENT).mappings()
    ]


def _without_null(row: Any, names: tuple[str, ...]) -> Part:
    return {name: row[name] for name in names if row[name] is not None}
