"""Checks that a viewer of a duel received every message once, in order, from what the players did.

Messages on a WebSocket have no sequence numbers, so on both transports the contents are compared;
where there are numbers, gaps and steps backwards in them count as well.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from bench.protocols import Message
from conformance.sequence import compare


class Key(NamedTuple):
    """What is compared of a message. `user_id` is 0 if the message concerns both players."""

    type: str
    user_id: int
    question_id: int = 0
    score: int = 0


class Entry(NamedTuple):
    """One received message; `seq` is its sequence number, None on a WebSocket.

    `is_online` and `is_ready` are what a `participant.update` says of its player.
    """

    seq: int | None
    key: Key
    is_online: bool = True
    is_ready: bool = True


@dataclass(slots=True)
class Counts:
    expected: int = 0
    lost: int = 0
    doubled: int = 0
    disordered: int = 0

    @property
    def wrong(self) -> int:
        return self.lost + self.doubled + self.disordered

    def add(self, other: "Counts") -> None:
        self.expected += other.expected
        self.lost += other.lost
        self.doubled += other.doubled
        self.disordered += other.disordered


class AcknowledgedAnswer(NamedTuple):
    question_id: int
    is_correct: bool


@dataclass(slots=True)
class Acknowledged:
    """What the service acknowledged of one player's actions; `answers` are in the order given."""

    is_ready: bool = False
    answers: list[AcknowledgedAnswer] = field(default_factory=list)


def entry(message: Message) -> Entry:
    payload = message.payload
    match message.type:
        case "answer.result":
            user_id, score = payload["user_id"], payload["current_score"]
            return Entry(message.seq, Key(message.type, user_id, payload["question_id"], score))
        case "participant.update":
            key = Key(message.type, payload["user"]["id"], score=payload["score"])
            return Entry(message.seq, key, payload["is_online"], payload["is_ready"])
    return Entry(message.seq, Key(message.type, 0))


def count(
    log: Sequence[Entry], acknowledged: Mapping[int, Acknowledged], *, is_over: bool = True
) -> Counts:
    """Count what is wrong in one viewer's log, which begins with the snapshot.

    `acknowledged` maps the ids of both players to their actions. `is_over` is False for a duel that
    was given up: no `challenge.end` is expected of it.
    """
    received = list(_caused_by_actions(log[1:]))
    found = Counts()
    for user_id, actions in acknowledged.items():
        of_user = [key for key in received if key.user_id == user_id]
        _add(found, _expected(user_id, actions), of_user)
    has_started = all(actions.is_ready for actions in acknowledged.values())
    of_both = [Key("challenge.start", 0)] if has_started else []
    if is_over:
        of_both.append(Key("challenge.end", 0))
    _add(found, of_both, [key for key in received if key.user_id not in acknowledged])
    numbers = [e.seq for e in log if e.seq is not None]
    if numbers:
        found.lost = max(found.lost, max(numbers) - min(numbers) + 1 - len(set(numbers)))
    backwards = sum(following < previous for previous, following in pairwise(numbers))
    # A missing or doubled message also moves its neighbours: they do not count as disordered.
    is_complete = not found.lost and not found.doubled
    found.disordered = max(found.disordered, _misplaced(received)) if is_complete else 0
    found.disordered = max(found.disordered, backwards)
    return found


def _caused_by_actions(log: Sequence[Entry]) -> Iterator[Key]:
    """Leave out updates that tell only that a player went away or came back: no action causes them."""
    known: dict[int, Entry] = {}
    for before, one in zip((None, *log), log, strict=False):
        if one.key.type == "participant.update":
            last = known.get(one.key.user_id, one._replace(is_online=True, is_ready=False))
            known[one.key.user_id] = one
            is_caused = one.is_ready and (one.is_online == last.is_online or not last.is_ready)
            if not is_caused and not (before and before.key.type == "answer.result"):
                continue
        yield one.key


def _add(found: Counts, expected: Sequence[Key], received: Sequence[Key]) -> None:
    diff = compare(expected, received)
    found.add(Counts(len(expected), diff.lost, diff.doubled, diff.disordered))


def _expected(user_id: int, actions: Acknowledged) -> list[Key]:
    score, keys = 0, [Key("participant.update", user_id)] if actions.is_ready else []
    for answer in actions.answers:
        score += answer.is_correct
        keys.append(Key("answer.result", user_id, answer.question_id, score))
        keys.append(Key("participant.update", user_id, score=score))
    return keys


def _misplaced(received: Sequence[Key]) -> int:
    """Count results that their update does not follow, and a start or end in a wrong position."""
    wrong = 0
    for key, following in pairwise(received):
        if key.type == "answer.result":
            wrong += following != Key("participant.update", key.user_id, score=key.score)
    types = [key.type for key in received]
    # Only two updates precede the start, one for each player who is ready; nothing follows the end.
    wrong += "challenge.start" in types and types.index("challenge.start") != 2
    wrong += "challenge.end" in types and types[-1] != "challenge.end"
    return wrong
