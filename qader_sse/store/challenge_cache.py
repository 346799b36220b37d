"""Challenges a process has at hand: each with the head of its topic at the moment it was like that."""

from collections import OrderedDict

from qader_sse.domain.challenge import Challenge

# With fifty answers each, some 10 MB; a duel that finds no room is read from the database.
_MOST = 1_000


class KeptChallenges:
    """The newest known states, of those challenges that were used last.

    Every change of a challenge appends to its topic in the same transaction. So a head that is
    the same proves that nothing has changed, whoever else may write; one that is not, that
    something has. Only what is committed may be kept. An entry is never wrong, at worst of no use.
    """

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._entries: OrderedDict[int, tuple[int, Challenge]] = OrderedDict()

    def find(self, challenge_id: int, head: int) -> Challenge | None:
        """Return the challenge as it is while its topic has this head, or None."""
        entry = self._entries.pop(challenge_id, None)
        if entry is None or entry[0] != head:
            return None
        self._entries[challenge_id] = entry  # behind all others: used last
        return entry[1]

    def keep(self, challenge: Challenge, head: int) -> None:
        self._entries.pop(challenge.id, None)
        self._entries[challenge.id] = head, challenge
        if len(self._entries) > self._most:
            self._entries.popitem(last=False)

    def clear(self) -> None:
        self._entries.clear()
