"""Writes the question bank: a file is imported as a whole or not at all."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy.orm import Session

from qader_sse.question_files import (
    BadQuestionFile,
    QuestionFile,
    QuestionRow,
    SectionRow,
    SkillRow,
    SubsectionRow,
)
from qader_sse.store.models import Question, Section, Skill, Subsection


@dataclass(slots=True)
class Imported:
    """How many questions an import added, changed and left unchanged."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0


def is_empty(connection: Connection) -> bool:
    return connection.scalar(select(Question.id).limit(1)) is None


def store(connection: Connection, file: QuestionFile) -> Imported:
    """Add and change what the file names; all else in the bank stays.

    Raises BadQuestionFile, after which the caller must roll back.
    """
    with Session(connection) as session:
        done = _store(session, file)
        session.flush()
        return done


def _store(session: Session, file: QuestionFile) -> Imported:
    problems: list[str] = []
    for section in file.sections:
        _store_section(session, section, problems)
    session.flush()
    categories = _Categories(session)
    done = Imported()
    current = {
        q.code: q for q in session.scalars(select(Question).where(Question.is_current.is_(True)))
    }
    for number, row in enumerate(file.questions, 1):
        wrong = categories.problem(row)
        if wrong:
            problems.append(f"row {number} ({row.code}): {wrong}")
        else:
            _store_question(session, row, categories, current.get(row.code), done)
    if problems:
        raise BadQuestionFile(problems)
    return done


class _Categories:
    """The sections, subsections and skills that a question can name, by their slugs."""

    def __init__(self, session: Session) -> None:
        rows = session.execute(select(Subsection, Section.slug).join(Section))
        self._subsections = {(row.slug, row[0].slug): row[0].id for row in rows}
        self._sections = {section for section, _ in self._subsections}
        self._skills = {
            (skill.subsection_id, skill.slug): skill.id for skill in session.scalars(select(Skill))
        }

    def problem(self, row: QuestionRow) -> str | None:
        if row.section not in self._sections:
            return f"section: there is no section {row.section}"
        if (row.section, row.subsection) not in self._subsections:
            return f"subsection: section {row.section} has no subsection {row.subsection}"
        if row.skill is not None and self.skill_id(row) is None:
            return f"skill: subsection {row.subsection} has no skill {row.skill}"
        return None

    def subsection_id(self, row: QuestionRow) -> int:
        return self._subsections[row.section, row.subsection]

    def skill_id(self, row: QuestionRow) -> int | None:
        return self._skills.get((self.subsection_id(row), row.skill or ""))


def _store_section(session: Session, row: SectionRow, problems: list[str]) -> None:
    section = session.scalar(select(Section).where(Section.slug == row.slug))
    section = section or _added(session, Section(slug=row.slug, name=row.name))
    section.name = row.name
    session.flush()
    for subsection in row.subsections:
        _store_subsection(session, section.id, subsection, problems)


def _store_subsection(
    session: Session, section_id: int, row: SubsectionRow, problems: list[str]
) -> None:
    subsection = session.scalar(select(Subsection).where(Subsection.slug == row.slug))
    subsection = subsection or _added(session, Subsection(slug=row.slug, section_id=section_id))
    if subsection.section_id != section_id:
        problems.append(f"subsection {row.slug}: slug: it belongs to another section already")
        return
    _update(subsection, row.model_dump(exclude={"slug", "skills"}))
    session.flush()
    for skill_row in row.skills:
        _store_skill(session, subsection.id, skill_row, problems)


def _store_skill(session: Session, subsection_id: int, row: SkillRow, problems: list[str]) -> None:
    skill = session.scalar(select(Skill).where(Skill.slug == row.slug))
    skill = skill or _added(session, Skill(slug=row.slug, subsection_id=subsection_id))
    if skill.subsection_id != subsection_id:
        problems.append(f"skill {row.slug}: slug: it belongs to another subsection already")
        return
    _update(skill, row.model_dump(exclude={"slug"}))


def _store_question(
    session: Session,
    row: QuestionRow,
    categories: _Categories,
    current: Question | None,
    done: Imported,
) -> None:
    values = {
        "subsection_id": categories.subsection_id(row),
        "skill_id": categories.skill_id(row),
        **row.model_dump(exclude={"code", "section", "subsection", "skill", "options"}),
        **{f"option_{letter.lower()}": text for letter, text in dict(row.options).items()},
    }
    if current is not None:
        if all(getattr(current, name) == value for name, value in values.items()):
            done.unchanged += 1
            return
        # Retired, not edited: running challenges keep the question that was shown.
        current.is_current = None
        done.changed += 1
    else:
        done.added += 1
    session.add(Question(code=row.code, is_current=True, **values))


def _added(session: Session, row: Any) -> Any:
    session.add(row)
    return row


def _update(row: object, values: dict[str, Any]) -> None:
    for name, value in values.items():
        setattr(row, name, value)
