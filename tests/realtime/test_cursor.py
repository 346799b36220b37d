"""A vector has the cursors of several topics; any other text is refused."""

import pytest

from qader_sse.realtime.protocol import cursor as cursors

VECTORS = {
    "12.45": {"challenges/12": 45},
    "n.3": {"notifications": 3},
    "12.45_13.7_n.3": {"challenges/12": 45, "challenges/13": 7, "notifications": 3},
    "9999999999.0": {"challenges/9999999999": 0},
}


@pytest.mark.parametrize(("text", "by_topic"), VECTORS.items())
def test_a_vector_is_parsed_as_it_was_formatted(text: str, by_topic: dict[str, int]) -> None:
    assert cursors.parse_vector(text) == by_topic
    assert cursors.format_vector(by_topic) == text.encode()


@pytest.mark.claim("S15")
def test_a_cursor_beyond_any_log_is_parsed_as_the_largest_one() -> None:
    assert cursors.parse_vector("n." + "9" * 99) == {"notifications": 2**63 - 1}


@pytest.mark.claim("V7")
@pytest.mark.parametrize(
    "text",
    [
        *("", "_", "45", "12.45_", "_12.45", "12.45__13.7", "12.45_12.46", "n.1_n.1"),
        *("x.1", "N.1", "0.1", "012.1", "12.", ".1", "12.-1", "12.1.1", "12:1", "12.45,13.7"),
        *("٣.1", "12.٣", "12.1\n", "10000000000.1", "n." + "1" * 191),
    ],
)
def test_any_other_text_is_refused(text: str) -> None:
    with pytest.raises(cursors.BadCursor):
        cursors.parse_vector(text)


@pytest.mark.claim("V5")
def test_a_vector_of_the_most_topics_with_the_longest_numbers_is_short_enough() -> None:
    largest = 9_999_999_999
    by_topic = {f"challenges/{largest - n}": 999_999_999_999 for n in range(cursors.MAX_TOPICS)}
    assert len(cursors.format_vector(by_topic)) <= cursors.MAX_VECTOR_BYTES
