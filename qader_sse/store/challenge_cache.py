"""A worker's cache of challenges: each with the head of its topic at that state.

Every change of a challenge appends to its topic in the same transaction, whichever process
makes it. So as long as a topic has the same head, its challenge has not changed: an entry whose
head differs from the one in the database is out of date, and the challenge is read again.

Four rules keep the entries right, and all of them are in this module. Only committed states
are cached. An entry is used only after its topic's head was read, or by a write that compares the
head, see `compare_and_set`. It is used for a minute at most after the challenge was read, however
often that has changed since, because people may change their names without a change of it. All
entries are dropped when the database becomes unreachable or reachable, because a standby that takes
over may lack the last commits. The same is done when it turns out that commits were lost.

What another worker has changed is changed here as well when it is announced. Where an announcement was
lost or is not understood, the entry is dropped. Both only save reads, and comparisons in vain: the rules
above hold whatever is announced.
"""

import time
from collections import OrderedDict
from collections.abc import Iterable

from qader_sse.domain.challenge import Challenge
from qader_sse.domain.events import Event, challenge_topic
from qader_sse.store import announced_change, challenges
from qader_sse.store.announced_change import Unreadable
from qader_sse.store.challenges import WatchInfo
from qader_sse.store.database import Database, Transaction

# The most challenges cached: they take some 10 MB if each has fifty answers.
_MAX_ENTRIES = 1_000
_MAX_SECONDS = 60.0


class ChallengeCache:
    """The challenges that were used last; those used least recently are dropped first."""

    def __init__(
        self,
        database: Database,
        max_entries: int = _MAX_ENTRIES,
        max_seconds: float = _MAX_SECONDS,
    ) -> None:
        self._database = database
        self._max_entries = max_entries
        self._max_seconds = max_seconds
        # By the challenge's topic: its head, when the entry is too old, and the challenge.
        self._entries: OrderedDict[str, tuple[int, float, Challenge]] = OrderedDict()
        database.when_availability_changes(self.clear)
        database.when_commits_are_lost(self.clear)

    def read(self, challenge_id: int) -> tuple[Challenge, WatchInfo] | None:
        """Return a challenge and what its streams need, as of one moment; None if it is missing.

        Sends one statement if the challenge is cached. Raises StoreUnavailable.
        """
        with self._database.autocommit() as connection:
            info = challenges.watch_info(connection, challenge_id)
        if info is None:
            return None
        challenge = self.find(challenge_id, info.head)
        if challenge is not None:
            return challenge, info
        with self._database.read_transaction() as connection:
            info = challenges.watch_info(connection, challenge_id)
            challenge = challenges.load(connection, challenge_id)
        if info is None or challenge is None:
            return None
        self.put(challenge, info.head)
        return challenge, info

    def load(self, tx: Transaction, challenge_id: int, head: int) -> Challenge | None:
        """Return a challenge whose topic this transaction has locked at this head, or None."""
        challenge = self.find(challenge_id, head)
        if challenge is None:
            challenge = challenges.load(tx.connection, challenge_id)
            if challenge is not None:
                self.put_after_commit(tx, challenge, head)
        return challenge

    def put_after_commit(self, tx: Transaction, challenge: Challenge, head: int) -> None:
        """Cache the state that a transaction leaves, unless the transaction is rolled back."""
        tx.after_commit(lambda: self.put(challenge, head))

    def find(self, challenge_id: int, head: int) -> Challenge | None:
        """Return the cached challenge if its topic had this head, else None."""
        known = self.cached(challenge_id)
        if known is None:
            return None
        challenge, known_head = known
        if known_head != head:
            del self._entries[challenge_topic(challenge_id)]
            return None
        return challenge

    def cached(self, challenge_id: int) -> tuple[Challenge, int] | None:
        """Return a cached challenge and its topic's head at that state, or None.

        It may be out of date. So it may decide only what is written on the condition that the topic
        still has this head.
        """
        topic = challenge_topic(challenge_id)
        entry = self._entries.pop(topic, None)
        if entry is None or time.monotonic() >= entry[1]:
            return None
        self._entries[topic] = entry  # last in the order: used most recently
        head, _, challenge = entry
        return challenge, head

    def put(self, challenge: Challenge, head: int) -> None:
        """Cache a committed state."""
        topic = challenge_topic(challenge.id)
        earlier = self._entries.pop(topic, None)
        # A change takes over the names of the state before, which were read when that one was.
        until = earlier[1] if earlier else time.monotonic() + self._max_seconds
        self._entries[topic] = head, until, challenge
        if len(self._entries) > self._max_entries:
            self._entries.popitem(last=False)

    def learn(self, events: Iterable[Event]) -> None:
        """Change what announced events say was changed, and drop what else they have changed."""
        for event in events:
            entry = self._entries.get(event.topic)
            if entry is None or entry[0] >= event.seq:
                continue
            head, until, challenge = entry
            try:
                if event.seq != head + 1:
                    raise Unreadable
                challenge, head = announced_change.apply(challenge, event.change)
            except Unreadable:
                del self._entries[event.topic]
            else:
                self._entries[event.topic] = head, until, challenge

    def clear(self) -> None:
        self._entries.clear()
