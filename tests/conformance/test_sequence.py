"""The comparison of what was received with what was expected."""

import pytest

from conformance.sequence import compare, gaps


@pytest.mark.parametrize(
    ("received", "lost", "doubled", "disordered"),
    [
        ("abba", 0, 0, 0),
        ("", 4, 0, 0),
        ("aba", 1, 0, 0),
        ("abbba", 0, 1, 0),
        ("abbac", 0, 1, 0),
        ("abca", 1, 1, 0),
        ("bbaa", 0, 0, 1),
        ("abab", 0, 0, 1),
    ],
)
def test_lost_doubled_and_disordered_messages_are_counted(
    received: str, lost: int, doubled: int, disordered: int
) -> None:
    diff = compare("abba", received)
    assert (diff.lost, diff.doubled, diff.disordered) == (lost, doubled, disordered)


@pytest.mark.parametrize(
    ("numbers", "found"),
    [
        ([], []),
        ([4, 5, 6], []),
        ([4, 6], ["6 came after 4"]),
        ([4, 4], ["4 came after 4"]),
        ([5, 4], ["4 came after 5"]),
    ],
)
def test_numbers_that_do_not_go_on_are_gaps(numbers: list[int], found: list[str]) -> None:
    assert list(gaps(numbers)) == found
