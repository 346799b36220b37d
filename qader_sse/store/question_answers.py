"""Counts how questions were answered, for a report."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Integer, cast, func, select

from qader_sse.store.models import Answer, Question, Section, Subsection


@dataclass(frozen=True, slots=True)
class QuestionAnswers:
    """How one version of a question was answered: an import that changes it begins another one."""

    id: int
    code: str
    section: str
    difficulty: int
    is_current: bool
    answers: int
    right: int
    seconds: float | None  # on average, of those answers whose client said how long they took

    @property
    def percent_right(self) -> float:
        return 100 * self.right / self.answers


def read(
    connection: Connection, since: datetime, least_answers: int, limit: int
) -> list[QuestionAnswers]:
    """Return the questions answered since a time, those with the fewest right answers first."""
    answers = func.count()
    right = func.sum(cast(Answer.is_correct, Integer))
    rows = connection.execute(
        select(
            Question.id,
            Question.code,
            Section.slug,
            Question.difficulty,
            Question.is_current,
            answers.label("answers"),
            right.label("right"),
            func.avg(Answer.time_taken_seconds).label("seconds"),
        )
        .join(Question, Question.id == Answer.question_id)
        .join(Subsection, Subsection.id == Question.subsection_id)
        .join(Section, Section.id == Subsection.section_id)
        .where(Answer.answered_at > since)
        .group_by(Question.id, Section.slug)
        .having(answers >= least_answers)
        .order_by(right * 1.0 / answers, Question.id)
        .limit(limit)
    )
    return [
        QuestionAnswers(
            id=row.id,
            code=row.code,
            section=row.slug,
            difficulty=row.difficulty,
            is_current=bool(row.is_current),
            answers=row.answers,
            right=row.right,
            seconds=None if row.seconds is None else round(row.seconds, 1),
        )
        for row in rows
    ]
