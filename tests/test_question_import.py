"""`flask questions import` stores a whole file, or nothing."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from qader_sse.service import Service
from qader_sse.store import challenges, models
from tests.support.duel import CHALLENGES, sign_in, started_duel
from tests.support.question_files import NEW_SECTIONS, Import, Row, as_csv, row
from tests.support.tables import unchanged


def stored(service: Service, code: str) -> Sequence[Any]:
    """Return all rows of a code, oldest first."""
    question = models.Question
    with service.database.read_transaction() as connection:
        return connection.execute(select(question).where(question.code == code)).all()


FORMATS = {"json": lambda r: [r], "csv": as_csv}
every_format = pytest.mark.parametrize(("suffix", "write"), FORMATS.items(), ids=FORMATS.keys())


@every_format
def test_a_new_question_is_stored_as_it_is_in_the_file(
    suffix: str, write: Callable[[Row], object], import_file: Import, service: Service
) -> None:
    name = f"new.{suffix}"
    described = {"json": name, "csv": f"{name} (cells separated by commas)"}[suffix]
    assert import_file(name, write(row())) == (
        0,
        f"{described}: 1 question added, 0 changed, 0 unchanged\n",
    )
    (question,) = stored(service, "t-1")
    assert question.question_text == "س + 1 = 3"
    letters = ("a", "b", "c", "d")
    assert [getattr(question, f"option_{c}") for c in letters] == ["1", "2", "3", "4"]
    assert (question.correct_answer, question.difficulty) == ("B", 2)
    assert (question.hint, question.image) == ("Subtract.", None)


@every_format
def test_importing_the_same_file_again_changes_nothing(
    suffix: str, write: Callable[[Row], object], import_file: Import, service: Service
) -> None:
    import_file(f"new.{suffix}", write(row()))
    with unchanged(service):
        _, output = import_file(f"new.{suffix}", write(row()))
    assert "0 questions added, 0 changed, 1 unchanged" in output


def test_json_and_csv_of_one_question_are_the_same(import_file: Import) -> None:
    import_file("new.json", [row()])
    assert "0 changed, 1 unchanged" in import_file("new.csv", as_csv(row()))[1]


def test_an_edited_question_retires_the_old_row_and_adds_a_new_one(
    import_file: Import, service: Service
) -> None:
    import_file("one.json", [row()])
    _, output = import_file("two.json", [row(question_text="Edited")])
    assert "0 questions added, 1 changed, 0 unchanged" in output
    old, new = stored(service, "t-1")
    assert (old.is_current, old.question_text) == (None, "س + 1 = 3")
    assert (new.is_current, new.question_text) == (True, "Edited")


def test_a_running_duel_keeps_the_question_its_players_were_shown(
    app: Flask, service: Service, people: dict[str, int], import_file: Import
) -> None:
    duel = started_duel(service, people["noura"], "khalid")
    shown = duel.questions[0]
    with service.database.read_transaction() as connection:
        code = connection.scalar(select(models.Question.code).where(models.Question.id == shown.id))
    wrong = "A" if shown.correct_answer != "A" else "B"
    place = {"section": shown.section["slug"], "subsection": shown.subsection["slug"], "skill": ...}
    edited = row(code=code, question_text="Edited", correct_answer=wrong, **place)
    assert "1 changed" in import_file("edited.json", [edited])[1]

    client = sign_in(app.test_client(), "noura")
    answer = {"question_id": shown.id, "selected_answer": shown.correct_answer}
    assert client.post(f"{CHALLENGES}{duel.id}/answer/", json=answer).json["is_correct"] is True  # type: ignore[index]  # JSON
    with service.database.read_transaction() as connection:
        loaded = challenges.load(connection, duel.id)
    assert loaded is not None
    assert loaded.questions == duel.questions


def test_a_file_can_bring_its_own_sections(import_file: Import, service: Service) -> None:
    new = row(section="new-section", subsection="new-subsection", skill="new-skill")
    code, output = import_file("new.json", {"sections": NEW_SECTIONS, "questions": [new]})
    assert (code, "1 question added" in output) == (0, True)
