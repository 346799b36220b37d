"""A duel of each type brings both players, on every transport, exactly what was recorded.

Where that has changed on purpose: `make documents`, and read the difference in `tests/golden`.
"""

from difflib import unified_diff
from itertools import islice

import pytest

from qader_sse.domain.challenge_types import CHALLENGE_TYPES
from tools import record_duels

# So many lines of a difference are enough to see what it is; one fault is in all streams.
SHOWN = 40


@pytest.fixture(scope="module")
def played() -> dict[str, str]:
    return record_duels.record()


@pytest.mark.timeout(180)
@pytest.mark.parametrize("kind", CHALLENGE_TYPES)
def test_a_duel_is_as_it_was_recorded(played: dict[str, str], kind: str) -> None:
    recorded = (record_duels.FOLDER / f"{kind}.txt").read_text().splitlines()
    found = unified_diff(recorded, played[f"{kind}.txt"].splitlines(), "recorded", "played", n=1)
    if shown := [line.rstrip("\n") for line in islice(found, SHOWN)]:
        pytest.fail("\n".join(shown), pytrace=False)


def test_no_other_file_lies_among_them(played: dict[str, str]) -> None:
    assert {path.name for path in record_duels.FOLDER.glob("*")} == set(played)
