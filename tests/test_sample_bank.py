"""The sample questions: enough of each kind, complete, and not to be guessed by their letters."""

from collections import Counter

import pytest
from sqlalchemy import select

from qader_sse.cli.set_up import SAMPLES
from qader_sse.question_files import QuestionFile, read
from qader_sse.question_rows import QuestionRow
from qader_sse.service import Service
from qader_sse.store import models, questions

FILES = {path.stem: read(path) for path in SAMPLES}
QUESTIONS = [question for file in FILES.values() for question in file.questions]
CONTEXTUAL_ERRORS = [q for q in QUESTIONS if q.subsection == "contextual-error"]
SUBSECTIONS = {
    "quantitative": {"arithmetic", "algebra", "geometry", "statistics", "comparison"},
    "verbal": {"analogy", "sentence-completion", "contextual-error", "reading"},
}
every_file = pytest.mark.parametrize(("name", "file"), FILES.items(), ids=FILES.keys())
every_question = pytest.mark.parametrize("question", QUESTIONS, ids=lambda q: q.code)


def options(question: QuestionRow) -> dict[str, str]:
    return question.options.model_dump()


def right_text(question: QuestionRow) -> str:
    return options(question)[question.correct_answer]


def test_each_section_has_one_file() -> None:
    assert set(FILES) == set(SUBSECTIONS)


@every_file
def test_each_section_has_at_least_sixty_questions(name: str, file: QuestionFile) -> None:
    assert len(file.questions) >= 60
    assert {question.section for question in file.questions} == {name}


@every_file
def test_each_subsection_is_described_and_has_questions(name: str, file: QuestionFile) -> None:
    (section,) = file.sections
    assert section.slug == name
    assert {subsection.slug for subsection in section.subsections} == SUBSECTIONS[name]
    counts = Counter(question.subsection for question in file.questions)
    assert set(counts) == SUBSECTIONS[name]
    assert min(counts.values()) >= 10


@every_file
def test_each_skill_that_is_described_has_a_question(name: str, file: QuestionFile) -> None:
    described = {
        (subsection.slug, skill.slug)
        for section in file.sections
        for subsection in section.subsections
        for skill in subsection.skills
    }
    assert described == {(question.subsection, question.skill) for question in file.questions}


@every_file
def test_each_letter_is_the_right_answer_about_equally_often(name: str, file: QuestionFile) -> None:
    letters = "".join(question.correct_answer for question in file.questions)
    for letter in "ABCD":
        assert 0.15 <= letters.count(letter) / len(letters) <= 0.35


@every_file
def test_easy_and_hard_questions_are_mixed(name: str, file: QuestionFile) -> None:
    assert len({question.difficulty for question in file.questions}) >= 4


def test_no_question_occurs_twice() -> None:
    texts = Counter((question.question_text, right_text(question)) for question in QUESTIONS)
    assert [text for text, count in texts.items() if count > 1] == []


@every_question
def test_a_question_is_complete(question: QuestionRow) -> None:
    assert len(set(options(question).values())) == 4
    assert question.skill
    assert question.hint
    assert question.explanation
    assert question.solution_method_summary


@every_question
def test_a_hint_does_not_give_the_answer_away(question: QuestionRow) -> None:
    """Short answers are left out: a 1 occurs in a harmless 12 as well."""
    answer = right_text(question)
    assert len(answer) <= 3 or answer not in str(question.hint)


@pytest.mark.parametrize("question", CONTEXTUAL_ERRORS, ids=lambda q: q.code)
def test_the_options_of_a_contextual_error_occur_in_its_sentence(question: QuestionRow) -> None:
    _, sentence = question.question_text.split("\n", 1)
    for word in options(question).values():
        assert word in sentence


def test_a_stored_question_has_the_section_subsection_and_skill_of_its_row(
    service: Service,
) -> None:
    with service.database.read_transaction() as connection:
        ids = connection.scalars(select(models.Question.id)).all()
        stored = questions.by_ids(connection, ids)
    found = [
        (q.text, q.section["slug"], q.subsection["slug"], q.skill and q.skill["slug"])
        for q in stored
    ]
    rows = [(q.question_text, q.section, q.subsection, q.skill) for q in QUESTIONS]
    assert Counter(found) == Counter(rows)
