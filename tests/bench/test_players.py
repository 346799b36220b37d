"""Duels that the measuring client plays on a real server."""

from collections.abc import Iterator

import pytest

from bench import duel_load
from bench.deployment import Deployment, deployed
from bench.duel_load import Plan
from bench.players import ANSWERS_PER_DUEL, Transport

pytestmark = pytest.mark.programs


@pytest.fixture(scope="module")
def deployment() -> Iterator[Deployment]:
    with deployed("sqlite", 1, pinned=False) as running:
        yield running


@pytest.mark.parametrize("transport", ["sse", "websocket"])
def test_every_answer_is_counted_once_and_every_message_is_expected(
    deployment: Deployment, transport: Transport
) -> None:
    people = deployment.create_accounts(4, transport)
    pairs = list(zip(people[::2], people[1::2], strict=True))
    result = duel_load.play(
        Plan(deployment.port, pairs, 0.3, transport, warm_up_seconds=0.05, pids=deployment.pids)
    )
    duels = result.duels
    assert duels >= 2
    assert (result.failed.total(), result.refused.total()) == (0, 0)
    counts = result.messages
    # For both viewers of each duel: two updates when players get ready, the start, a result and an
    # update for each answer, and the end.
    assert counts.expected == duels * 2 * (2 + 1 + 2 * ANSWERS_PER_DUEL + 1)
    assert (counts.lost, counts.doubled, counts.disordered) == (0, 0, 0)
    # Create, accept, ready twice, and the answers.
    assert result.requests == duels * (4 + ANSWERS_PER_DUEL)
    assert result.cores["workers"] > 0


def test_a_refused_duel_is_counted_with_its_reason_however_late_it_begins(
    deployment: Deployment,
) -> None:
    (person,) = deployment.create_accounts(1, "alone")
    pair = (person, person)
    result = duel_load.play(Plan(deployment.port, [pair], seconds=1e-6, warm_up_seconds=0))
    assert result.duels == result.failed.total() >= 1
    assert next(iter(result.refused)).startswith("400 ")
