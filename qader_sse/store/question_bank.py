"""Writes the question bank: a file is imported as a whole or not at all."""

from collections.abc import Collection, Hashable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, select, update
from sqlalchemy.orm import Session

from qader_sse.question_files import FileRow, Problem, QuestionFile, content
from qader_sse.question_rows import QuestionRow, SectionRow, SkillRow, SubsectionRow
from qader_sse.question_sources import BadQuestionFile
from qader_sse.store.models import Question, Section, Skill, Subsection


@dataclass(slots=True)
class Imported:
    """How many questions an import added, changed and left unchanged."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0


def is_empty(connection: Connection) -> bool:
    return connection.scalar(select(Question.id).limit(1)) is None


def current(connection: Connection, codes: Collection[str]) -> set[str]:
    """Return those of these codes that have a current question."""
    found = select(Question.code).where(Question.is_current.is_(True), Question.code.in_(codes))
    return set(connection.scalars(found))


def retire(connection: Connection, codes: Collection[str]) -> None:
    """Take the current questions of these codes out of the bank; running challenges keep them."""
    retired = update(Question).where(Question.is_current.is_(True), Question.code.in_(codes))
    connection.execute(retired.values(is_current=None))


def sizes(connection: Connection) -> dict[str, int]:
    """Return how many questions can be drawn from each section."""
    rows = connection.execute(
        select(Section.slug, func.count().label("size"))
        .join(Subsection, Subsection.section_id == Section.id)
        .join(Question, Question.subsection_id == Subsection.id)
        .where(Question.is_current.is_(True), Subsection.is_active)
        .group_by(Section.slug)
    )
    return {row.slug: row.size for row in rows}


def images_of_this_host(connection: Connection) -> int:
    found = select(func.count(Question.image.distinct())).where(Question.image.startswith("/"))
    return connection.scalar(found) or 0


def store(connection: Connection, file: QuestionFile) -> Imported:
    """Add and change what the file names; all else in the bank stays.

    Raises BadQuestionFile, after which the caller must roll back.
    """
    with Session(connection) as session:
        done = _store(session, file)
        session.flush()
        return done


def _store(session: Session, file: QuestionFile) -> Imported:
    problems = list(file.problems)
    for section in file.sections:
        _store_section(session, section, problems)
    session.flush()
    categories = _Categories(session, file.unread_sections)
    in_use = select(Question).where(Question.is_current.is_(True))
    current = {question.code: question for question in session.scalars(in_use)}
    for row in file.rows:
        problems += (Problem(row.number, f"{row.place}: {said}") for said in categories.wrong(row))
    problems += _already_there(file, current)
    if problems:
        in_order = sorted(problems, key=lambda problem: problem.number)
        raise BadQuestionFile([problem.text for problem in in_order], file.separator)
    done = Imported()
    for question in file.questions:
        _store_question(session, question, categories, current.get(question.code), done)
    return done


def _already_there(file: QuestionFile, current: Mapping[str, Question]) -> Iterator[Problem]:
    """Yield the rows whose question the bank has under a code that the file does not name."""
    named = {row.code for row in file.rows}
    others = {_content(found): code for code, found in current.items() if code not in named}
    for row in file.rows:
        code = others.get(content(row.question)) if row.question else None
        if code is not None:
            said = f"question_text and options: the bank has this question already, as {code}"
            yield Problem(row.number, f"{row.place}: {said}")


def _content(found: Question) -> Hashable:
    """Return of a stored question what `question_files.content` returns of a row."""
    options = (found.option_a, found.option_b, found.option_c, found.option_d)
    return found.question_text, frozenset(options), found.image


class _Categories:
    """The sections, subsections and skills that a question can name, by their slugs."""

    def __init__(self, session: Session, unread_sections: Collection[str]) -> None:
        rows = session.execute(select(Subsection, Section.slug).join(Section))
        self._subsections = {(row.slug, row[0].slug): row[0].id for row in rows}
        self._sections = {section for section, _ in self._subsections}
        self._skills = {
            (skill.subsection_id, skill.slug): skill.id for skill in session.scalars(select(Skill))
        }
        self._unread_sections = unread_sections

    def wrong(self, row: FileRow) -> Iterator[str]:
        """Yield what a row names and the bank does not have; what it leaves out is named elsewhere."""
        section, subsection, skill = row.names
        if section is None or section in self._unread_sections:
            return
        if section not in self._sections:
            yield f"section: there is no section {section}"
        elif subsection is None:
            return
        elif (section, subsection) not in self._subsections:
            yield f"subsection: section {section} has no subsection {subsection}"
        elif skill is not None and self._skill_id(section, subsection, skill) is None:
            yield f"skill: subsection {subsection} has no skill {skill}"

    def subsection_id(self, row: QuestionRow) -> int:
        return self._subsections[row.section, row.subsection]

    def skill_id(self, row: QuestionRow) -> int | None:
        return self._skill_id(row.section, row.subsection, row.skill or "")

    def _skill_id(self, section: str, subsection: str, skill: str) -> int | None:
        return self._skills.get((self._subsections[section, subsection], skill))


def _store_section(session: Session, row: SectionRow, problems: list[Problem]) -> None:
    section = session.scalar(select(Section).where(Section.slug == row.slug))
    section = section or _added(session, Section(slug=row.slug, name=row.name))
    section.name = row.name
    session.flush()
    for subsection in row.subsections:
        _store_subsection(session, section.id, subsection, problems)


def _store_subsection(
    session: Session, section_id: int, row: SubsectionRow, problems: list[Problem]
) -> None:
    subsection = session.scalar(select(Subsection).where(Subsection.slug == row.slug))
    subsection = subsection or _added(session, Subsection(slug=row.slug, section_id=section_id))
    if subsection.section_id != section_id:
        said = f"subsection {row.slug}: slug: it belongs to another section already"
        problems.append(Problem(0, said))
        return
    _update(subsection, row.model_dump(exclude={"slug", "skills"}))
    session.flush()
    for skill_row in row.skills:
        _store_skill(session, subsection.id, skill_row, problems)


def _store_skill(
    session: Session, subsection_id: int, row: SkillRow, problems: list[Problem]
) -> None:
    skill = session.scalar(select(Skill).where(Skill.slug == row.slug))
    skill = skill or _added(session, Skill(slug=row.slug, subsection_id=subsection_id))
    if skill.subsection_id != subsection_id:
        said = f"skill {row.slug}: slug: it belongs to another subsection already"
        problems.append(Problem(0, said))
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
        **row.model_dump(exclude={"code", "section", "subsection", "skill", "options", "markup"}),
        **{f"option_{letter.lower()}": text for letter, text in dict(row.options).items()},
        "markup": row.rendered_markup(),
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
