"""The types of challenge that the contract names, which clients rely on."""

import pytest

from qader_sse.domain.challenge_types import CHALLENGE_TYPES

QUANTITATIVE, VERBAL = "quantitative", "verbal"


@pytest.mark.parametrize(
    ("key", "questions", "seconds", "hints", "sections"),
    [
        ("quick_quant_10", 10, 300, True, (QUANTITATIVE,)),
        ("medium_verbal_15", 15, 600, False, (VERBAL,)),
        ("comprehensive_20", 20, 900, True, (QUANTITATIVE, VERBAL)),
        ("speed_challenge_5min", 25, 300, False, (QUANTITATIVE, VERBAL)),
        ("accuracy_challenge", 15, None, False, (QUANTITATIVE, VERBAL)),
    ],
)
def test_a_type_is_as_the_contract_says(
    key: str, questions: int, seconds: int | None, hints: bool, sections: tuple[str, ...]
) -> None:
    kind = CHALLENGE_TYPES[key]
    assert (kind.num_questions, kind.time_limit_seconds) == (questions, seconds)
    assert (kind.allow_hints, kind.sections) == (hints, sections)
    assert kind.is_speed_challenge == (key == "speed_challenge_5min")
    assert kind.is_accuracy_challenge == (key == "accuracy_challenge")


@pytest.mark.parametrize("key", CHALLENGE_TYPES)
def test_each_section_gives_as_many_questions_as_the_others_or_one_more(key: str) -> None:
    kind = CHALLENGE_TYPES[key]
    counts = kind.questions_by_section()
    assert tuple(counts) == kind.sections
    assert sum(counts.values()) == kind.num_questions
    assert max(counts.values()) - min(counts.values()) <= 1
