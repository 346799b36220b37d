"""What happens to many at once, on a real server: duels that end, and people who search."""

from collections import Counter
from collections.abc import Iterator

import pytest

from bench import endings, searches
from bench.delivery_check import Counts
from bench.deployment import Deployment, deployed


@pytest.fixture(scope="module")
def deployment() -> Iterator[Deployment]:
    with deployed("sqlite", 1, pinned=False) as running:
        yield running


@pytest.mark.timeout(60)
@pytest.mark.programs
def test_both_players_of_each_duel_receive_its_end_once(deployment: Deployment) -> None:
    (ended,) = endings.endings(deployment, duels=10)
    # An update of each player, and the end, to both.
    assert ended.messages == Counts(expected=10 * 2 * 3)
    assert 0 < ended.all_told_after < 10


@pytest.mark.timeout(60)
@pytest.mark.programs
def test_each_seeker_is_in_one_match(deployment: Deployment) -> None:
    (searched,) = searches.searches(deployment, seekers=10)
    assert list(searched.matches.values()) == [1] * 10
    assert not searched.searched.failed


def test_a_seeker_without_a_match_or_in_two_is_a_problem() -> None:
    answered = searches.Searched(1.0, 0, Counter({"REST: 500": 1}))
    one = searches.Round(answered, Counter({1: 1, 2: 0, 3: 2, 4: 1}), 1.0)
    assert list(searches.section(4, {"SQLite": [one]}).problems) == [
        "SQLite: 1 × REST: 500",
        "SQLite: 1 × a seeker without a match",
        "SQLite: 1 × a seeker in two matches",
    ]
