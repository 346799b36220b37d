"""`flask questions …`: exporting the bank, retiring questions, how they were answered."""

import json
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update

from qader_sse.installation import ROOT
from qader_sse.question_markup import BadMarkup, rendered
from qader_sse.question_tex import source
from qader_sse.service import Service
from qader_sse.store import models
from tests.cli.conftest import Ask, Run
from tests.support.clock import SettableClock
from tests.support.duel import started_duel, user_id, wrong_choice
from tests.support.tables import unchanged

SAMPLES = sorted((ROOT / "sample").glob("*.json"))
FORMULAS = (
    *(r"$\left(\frac{1}{2}\right)^2$", r"$\sqrt[3]{27} - \sqrt{x^2+1}$", r"$x_1^2 + x_1$"),
    *(r"$36^\circ$", r"$\text{سم} + 3\%$", r"3 \$ & <b> $3 \lt 5 \gt 2$", r"$\left\{x\right\}$"),
    *(r"${x+1}^2$", r"$\left(\left[x\right]+1\right)$", r"$3س + 7$", r"$\left|x\right|, |x|$"),
    r"$\frac{\left(x+1\right)^2}{\frac{a+b}{c}}$",
    r"$\times \div \cdot \pm \le \ge \ne \approx \pi \angle \triangle \infty \ldots \{ \}$",
)


def test_an_exported_bank_is_imported_without_a_change(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "bank.json"
    assert run("questions", "export", str(file)) == f"{file}: 136 questions written\n"
    said = run("questions", "import", str(file))
    assert said == "bank.json: 0 questions added, 0 changed, 136 unchanged\n"


def test_an_export_has_all_that_the_sample_files_have(run: Run) -> None:
    bank = json.loads(run("questions", "export"))
    files = [json.loads(path.read_text()) for path in SAMPLES]
    exported = {question["code"]: question for question in bank["questions"]}
    for question in (one for file in files for one in file["questions"]):
        found = exported[question["code"]]
        assert found | {"markup": None} == question | {"markup": None}
        assert set(found.get("markup", ())) == set(question.get("markup", ()))
    slugs = {section["slug"] for file in files for section in file["sections"]}
    assert {section["slug"] for section in bank["sections"]} == slugs


def test_an_export_overwrites_nothing(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "bank.json"
    file.write_text("mine")
    said = run("questions", "export", str(file), exit_code=1)
    assert said == f"Error: {file} cannot be written: File exists.\n"
    assert file.read_text() == "mine"
    assert "cannot be written" in run("questions", "export", "/no/such/folder/x", exit_code=1)


def test_formulas_that_cannot_be_written_again_are_named_and_nothing_is_exported(
    service: Service, run: Run, tmp_path: Path
) -> None:
    broken = '<math dir="ltr"><mi>x</mi><mo>☃</mo><mspace></mspace></math>'
    with service.database.transaction() as tx:
        one = update(models.Question).where(models.Question.code == "quant-arithmetic-01")
        markup = {"question_text": broken, "options": {}}
        assert tx.connection.execute(one.values(markup=markup)).rowcount == 1
    said = run("questions", "export", str(tmp_path / "bank.json"), exit_code=1)
    assert said.startswith("Error: Nothing was exported: quant-arithmetic-01: no TeX was found")
    assert not (tmp_path / "bank.json").exists()


@pytest.mark.parametrize("text", FORMULAS)
def test_every_command_of_formulas_is_written_as_tex_again(text: str) -> None:
    assert rendered(source(rendered(text))) == rendered(text)


@given(st.text(alphabet=r"ab1س+-=^_{}()[]|\ $%,.&<", max_size=30))
def test_what_is_written_again_is_never_another_formula(text: str) -> None:
    with suppress(BadMarkup):
        markup = rendered(f"${text}$")
        assert rendered(source(markup)) == markup


def test_a_retired_question_is_drawn_no_more_and_stays_in_a_running_duel(
    service: Service, run: Run, people: dict[str, int]
) -> None:
    duel = started_duel(service, people["noura"], "khalid")
    bank = json.loads(run("questions", "export"))["questions"]
    shown = {question.text for question in duel.questions}
    codes = [question["code"] for question in bank if question["question_text"] in shown]
    assert run("questions", "retire", *codes) == "".join(f"{code}: retired\n" for code in codes)
    left = {one["code"] for one in json.loads(run("questions", "export"))["questions"]}
    assert left == {one["code"] for one in bank} - set(codes)
    question = duel.questions[0]
    service.challenges.answer(
        duel.id, people["noura"], question.id, question.correct_answer, None, service.clock()
    )


def test_an_unknown_code_is_named_and_no_question_is_retired(service: Service, run: Run) -> None:
    with unchanged(service):
        said = run("questions", "retire", "quant-arithmetic-01", "no-such", "x-1", exit_code=1)
    assert said == "Error: The bank has no question no-such, x-1. Nothing was changed.\n"


def test_a_bank_too_small_for_a_type_is_refused_unless_it_is_meant(
    service: Service, run: Run
) -> None:
    bank = json.loads(run("questions", "export"))["questions"]
    verbal = [one["code"] for one in bank if one["section"] == "verbal"]
    with unchanged(service):
        said = run("questions", "retire", *verbal[14:], exit_code=1)
    assert said.startswith("Error: Too few questions would be left for medium_verbal_15. Nothing")
    run("questions", "retire", *verbal[15:])
    run("questions", "retire", *verbal[14:15], "--yes")


def test_the_questions_with_the_fewest_right_answers_come_first(
    service_on_either: Service, clock: SettableClock
) -> None:
    service = service_on_either
    duel = started_duel(service, user_id(service, "noura"), "khalid")
    fair, hard, easy = sorted(duel.questions[:3], key=lambda question: question.id)
    choices = {
        fair.id: (fair.correct_answer, wrong_choice(duel, fair.id)),
        hard.id: 2 * (wrong_choice(duel, hard.id),),
        easy.id: 2 * (easy.correct_answer,),
    }
    for question_id, chosen in choices.items():
        for attempt, choice in zip(duel.attempts, chosen, strict=True):
            service.challenges.answer(duel.id, attempt.player.id, question_id, choice, 4.0, clock())
    found = service.question_bank.answers(clock(), 30, 1, 50)
    assert [(q.id, q.answers, q.right, q.seconds) for q in found] == [
        (hard.id, 2, 0, 4.0),
        (fair.id, 2, 1, 4.0),
        (easy.id, 2, 2, 4.0),
    ]
    assert [q.percent_right for q in found] == [0, 50, 100]
    assert service.question_bank.answers(clock(), 30, 3, 50) == []
    assert len(service.question_bank.answers(clock(), 30, 1, 1)) == 1
    clock.advance(30 * 24 * 3600 + 1)
    assert service.question_bank.answers(clock(), 30, 1, 50) == []


def test_the_command_says_how_questions_were_answered(
    service: Service, run: Run, ask: Ask, people: dict[str, int]
) -> None:
    nobody = "Nobody has answered a question within 30 days.\n"
    assert run("questions", "answers") == nobody
    duel = started_duel(service, people["noura"], "khalid")
    question = duel.questions[0]
    service.challenges.answer(
        duel.id, people["noura"], question.id, question.correct_answer, None, service.clock()
    )
    (one,) = ask("questions", "answers")["questions"]
    assert (one["id"], one["answers"], one["right"], one["seconds"]) == (question.id, 1, 1, None)
    header, line = run("questions", "answers").splitlines()
    assert header.split()[0] == "code"
    assert line.split() == [
        *(one["code"], "quantitative", str(one["difficulty"]), "yes", "1", "100", "%", "-")
    ]


def test_exposure_as_json(ask: Ask, service: Service, people: dict[str, int]) -> None:
    started_duel(service, people["noura"], "khalid")
    assert ask("questions", "exposure") == {
        "sections": [
            {"section": "quantitative", "shown": 10, "all": 68},
            {"section": "verbal", "shown": 0, "all": 68},
        ],
        "people": [
            {"username": "noura", "seen": 10},
            {"username": "khalid", "seen": 10},
        ],
        "questions": 136,
    }


def test_an_import_that_changes_something_is_recorded(run: Run, ask: Ask, tmp_path: Path) -> None:
    file = tmp_path / "mine.json"
    run("questions", "export", str(file))
    run("questions", "import", str(file))
    run("questions", "retire", "quant-arithmetic-01")
    run("questions", "import", str(file))
    imported, retired = ask("audit", "--what", "questions")["entries"]
    assert imported["details"] == {
        "file": "mine.json",
        "added": 1,
        "changed": 0,
        "unchanged": 135,
    }
    assert retired["details"] == {"codes": ["quant-arithmetic-01"]}
