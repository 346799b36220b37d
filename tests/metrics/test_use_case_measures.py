"""Each use case is measured: how it ends, and how many statements it sends."""

import pytest

from qader_sse.domain.challenge import Challenge
from qader_sse.domain.violations import RuleViolation
from qader_sse.service import Service
from qader_sse.store.errors import StoreAway, StoreBroken, StoreBusy
from qader_sse.use_case_measures import UseCaseMeasures
from qader_sse.use_cases.passwords import TooManyWaiting
from tests.support.duel import add_users, started_duel


@pytest.fixture
def duel(service: Service) -> Challenge:
    noura, _ = add_users(service, "noura", "khalid")
    return started_duel(service, noura, "khalid")


def test_an_answer_counts_with_its_statements_and_a_refused_one_as_refused(
    service: Service, duel: Challenge
) -> None:
    measures, player = service.measures, duel.attempts[0].player.id
    question, *_ = duel.questions
    before = dict(measures.statements)
    service.challenges.answer(duel.id, player, question.id, "A", None, service.clock())
    sent = measures.statements["challenges.answer"] - before.get("challenges.answer", 0)
    assert 4 <= sent <= 8
    with pytest.raises(RuleViolation):
        service.challenges.answer(duel.id, player, 10**9, "A", None, service.clock())
    assert measures.seconds["challenges.answer", "ok"].count == 1
    assert measures.seconds["challenges.answer", "refused"].count == 1
    assert measures.statements["challenges.accept"] > 0


def test_statements_of_no_use_case_are_counted_apart(service: Service) -> None:
    before = service.measures.statements["none"]
    with service.database.autocommit() as connection:
        connection.exec_driver_sql("SELECT 1")
    assert service.measures.statements["none"] > before


class Ends:
    """A use case that ends as it is told to."""

    def end(self, error: BaseException | None) -> str:
        if error:
            raise error
        return "the result"


Ends.__module__ = "qader_sse.use_cases.ends"


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (RuleViolation(), "refused"),
        (StoreBusy(), "busy"),
        (TooManyWaiting(3), "busy"),
        (StoreAway(), "away"),
        (StoreBroken("full", "no space"), "broken"),
        (ZeroDivisionError(), "failed"),
        (GeneratorExit(), "failed"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_each_outcome_has_its_name(error: BaseException, outcome: str) -> None:
    measures, use_case = UseCaseMeasures(), Ends()
    measures.measure({"it": use_case, "no use case": object()})
    assert use_case.end(None) == "the result"
    with pytest.raises(type(error)):
        use_case.end(error)
    assert {key: seconds.count for key, seconds in measures.seconds.items()} == {
        ("it.end", "ok"): 1,
        ("it.end", outcome): 1,
    }
    assert measures.failed == (outcome == "failed")
