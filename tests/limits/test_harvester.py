"""Two accounts that play each other by script get less than a tenth of a bank in an hour."""

import json
from pathlib import Path
from typing import Any

import pytest

from qader_sse.domain.violations import LimitReached
from qader_sse.question_files import read
from qader_sse.service import Service
from tests.support.acts import act
from tests.support.clock import SettableClock
from tests.support.duel import add_users, play_to_the_end, started_duel

# As large as the bank of docs/operations.md that the defaults protect.
BANK = 1_000
TRIES_EVERY_SECONDS = 5


@pytest.fixture
def bank(service: Service, tmp_path: Path) -> int:
    """Replace the sample questions by a bank of BANK questions, half of them of each section."""
    samples = [json.loads(path.read_text()) for path in sorted(Path("sample").glob("*.json"))]
    for sample in samples:
        questions = sample["questions"]
        sample["questions"] = [
            {
                **without_markup(questions[number % len(questions)]),
                "code": f"{sample['sections'][0]['slug']}-x{number}",
                "question_text": f"{questions[number % len(questions)]['question_text']} ({number})",
            }
            for number in range(BANK // 2)
        ]
        path = tmp_path / "bank.json"
        path.write_text(json.dumps(sample))
        service.question_bank.import_file(read(path), path.name, act(service.clock()))
    return BANK


def without_markup(question: dict[str, Any]) -> dict[str, Any]:
    """Leave the formulas out: they would have to hold the number, which makes a text another one."""
    return {key: value for key, value in question.items() if key != "markup"}


@pytest.mark.parametrize("challenge_type", ["quick_quant_10", "speed_challenge_5min"])
def test_the_harvester_gets_less_than_a_tenth_in_an_hour(
    service: Service, clock: SettableClock, bank: int, challenge_type: str
) -> None:
    first, second = add_users(service, "harvester1", "harvester2")
    learnt: set[int] = set()
    for number in range(3600 // TRIES_EVERY_SECONDS):
        pair = (first, "harvester2") if number % 2 else (second, "harvester1")
        try:
            duel = play_to_the_end(service, started_duel(service, *pair, challenge_type))
        except LimitReached:
            pass
        else:
            assert duel.status == "completed"
            learnt |= {question.id for question in duel.questions}
        clock.advance(TRIES_EVERY_SECONDS)
    assert 0.05 * bank < len(learnt) < 0.1 * bank
