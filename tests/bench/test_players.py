"""Duels played by the measuring client on a real server."""

from collections.abc import Iterator

import pytest

from bench import duel_load
from bench.deployment import Stage, stage
from bench.duel_load import Plan
from bench.players import ANSWERS_PER_DUEL, Transport

pytestmark = pytest.mark.programs


@pytest.fixture(scope="module")
def service() -> Iterator[Stage]:
    with stage("sqlite", 1, pinned=False) as running:
        yield running


@pytest.mark.parametrize("transport", ["sse", "websocket"])
def test_each_answer_of_a_duel_is_counted_once_and_every_message_expected(
    service: Stage, transport: Transport
) -> None:
    people = service.people(4, transport)
    pairs = list(zip(people[::2], people[1::2], strict=True))
    played = duel_load.play(
        Plan(service.port, pairs, 0.3, transport, warm_up_seconds=0.05, pids=service.pids)
    )
    duels = played.duels
    assert duels >= 2
    assert (played.failed.total(), played.refused.total()) == (0, 0)
    counts = played.messages
    # For both viewers of each: two are ready, start, a result and an update an answer, end.
    assert counts.expected == duels * 2 * (2 + 1 + 2 * ANSWERS_PER_DUEL + 1)
    assert (counts.lost, counts.doubled, counts.disordered) == (0, 0, 0)
    # Create, accept, ready, ready, and the answers.
    assert played.requests == duels * (4 + ANSWERS_PER_DUEL)
    assert played.cores["workers"] > 0


def test_a_duel_that_is_refused_is_counted_with_the_reason(service: Stage) -> None:
    (person,) = service.people(1, "alone")
    played = duel_load.play(Plan(service.port, [(person, person)], 0.05, warm_up_seconds=0.01))
    assert played.duels == played.failed.total() >= 1
    assert next(iter(played.refused)).startswith("400 ")
