"""Counts the streams of a worker by person and by address, so that nobody takes all of its places."""

from collections import Counter
from dataclasses import dataclass
from typing import TypeVar

Key = TypeVar("Key", int, str)


@dataclass(frozen=True, slots=True)
class StreamLimits:
    """How many streams a worker holds at most: of all, of one person, of one address.

    `kept_for_players` of all are for the players of running duels: others get none of these.
    """

    all: int
    of_person: int
    of_address: int
    kept_for_players: int


class StreamPlaces:
    """A connection has a place for each of its topics, because each costs the hub the same."""

    def __init__(self) -> None:
        self.taken = 0
        self._by_person: Counter[int] = Counter()
        self._by_address: Counter[str] = Counter()

    def has_room(
        self, limits: StreamLimits, user_id: int, address: str, *, is_player: bool
    ) -> bool:
        """Return whether this worker has a place for one more stream of this person."""
        kept = 0 if is_player else limits.kept_for_players
        return (
            self.taken < limits.all - kept
            and self._by_person[user_id] < limits.of_person
            and self._by_address[address] < limits.of_address
        )

    def people(self) -> set[int]:
        """Return who has a place, without a look at each connection."""
        return set(self._by_person)

    def take(self, user_id: int, address: str, count: int) -> None:
        """Count so many more."""
        self.taken += count
        _add(self._by_person, user_id, count)
        _add(self._by_address, address, count)

    def give_back(self, user_id: int, address: str, count: int) -> None:
        """Count so many fewer."""
        self.take(user_id, address, -count)


def _add(counter: Counter[Key], key: Key, count: int) -> None:
    counter[key] += count
    if not counter[key]:
        del counter[key]  # or whoever was here once would be remembered for good
