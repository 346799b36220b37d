"""A worker's places for streams: shared out by person and address, some kept for players."""

import pytest

from qader_sse.realtime.stream_places import StreamLimits, StreamPlaces

LIMITS = StreamLimits(all=10, of_person=3, of_address=6, kept_for_players=2)


@pytest.mark.parametrize(
    ("taken", "is_player", "expected"),
    [
        ([], False, True),
        ([(1, "a", 2)], False, True),
        ([(1, "a", 3)], False, False),
        ([(1, "a", 3)], True, False),  # a player has no more than others
        ([(1, "b", 3)], False, False),  # from wherever
        ([(2, "a", 5)], False, True),
        ([(2, "a", 6)], False, False),
        ([(2, "b", 7)], False, True),
        ([(2, "b", 8)], False, False),  # what is left is for players
        ([(2, "b", 8)], True, True),
        ([(2, "b", 10)], True, False),
    ],
)
def test_who_finds_a_place(
    taken: list[tuple[int, str, int]], is_player: bool, expected: bool
) -> None:
    places = StreamPlaces()
    for user_id, address, count in taken:
        places.take(user_id, address, count)
    assert places.has_room(LIMITS, 1, "a", is_player=is_player) is expected


def test_a_place_that_was_left_is_free_again() -> None:
    places = StreamPlaces()
    places.take(1, "a", 3)
    places.give_back(1, "a", 1)
    assert places.has_room(LIMITS, 1, "a", is_player=False)
    places.give_back(1, "a", 2)
    assert places.taken == 0
