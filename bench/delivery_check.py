"""Whether a viewer of a duel got every message, once, in order: told from what the players did.

On a WebSocket messages have no numbers, so it is the contents that are compared, on both transports.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from bench.protocols import Message
from conformance.sequence import compare


class Key(NamedTuple):
    """What makes a message the one it is. `user_id` is 0 where it is about both."""

    type: str
    user_id: int
    question_id: int = 0
    score: int = 0


class Entry(NamedTuple):
    seq: int | None
    key: Key


@dataclass(slots=True)
class Counts:
    expected: int = 0
    lost: int = 0
    doubled: int = 0
    disordered: int = 0

    def add(self, other: "Counts") -> None:
        self.expected += other.expected
        self.lost += other.lost
        self.doubled += other.doubled
        self.disordered += other.disordered


class Given(NamedTuple):
    """An answer that was acknowledged: and whether it was right."""

    question_id: int
    is_correct: bool


@dataclass(slots=True)
class Done:
    """What one player did that was acknowledged, answers in this order."""

    is_ready: bool = False
    answers: list[Given] = field(default_factory=list)


def entry(message: Message) -> Entry:
    payload = message.payload
    match message.type:
        case "answer.result":
            user_id, score = payload["user_id"], payload["current_score"]
            return Entry(message.seq, Key(message.type, user_id, payload["question_id"], score))
        case "participant.update":
            key = Key(message.type, payload["user"]["id"], score=payload["score"])
            return Entry(message.seq, key)
    return Entry(message.seq, Key(message.type, 0))


def count(log: Sequence[Entry], done: Mapping[int, Done], *, is_over: bool = True) -> Counts:
    """Count what went wrong in one viewer's log, from the snapshot that opened it.

    `done` is by the ids of the two players. A duel that was given up is not over, and then no end
    is expected.
    """
    received = [e.key for e in log[1:]]
    found = Counts()
    for user_id, player in done.items():
        of_user = [key for key in received if key.user_id == user_id]
        _add(found, _expected(user_id, player), of_user)
    about_both = [Key("challenge.start", 0)] if all(p.is_ready for p in done.values()) else []
    if is_over:
        about_both.append(Key("challenge.end", 0))
    _add(found, about_both, [key for key in received if key.user_id not in done])
    numbers = [e.seq for e in log if e.seq is not None]
    if numbers:
        found.lost = max(found.lost, max(numbers) - min(numbers) + 1 - len(set(numbers)))
    backwards = sum(following < previous for previous, following in pairwise(numbers))
    # Where one is missing or too much, its neighbours are no disorder on top.
    is_complete = not found.lost and not found.doubled
    found.disordered = max(found.disordered, _misplaced(received)) if is_complete else 0
    found.disordered = max(found.disordered, backwards)
    return found


def _add(found: Counts, expected: Sequence[Key], received: Sequence[Key]) -> None:
    diff = compare(expected, received)
    found.add(Counts(len(expected), diff.lost, diff.doubled, diff.disordered))


def _expected(user_id: int, done: Done) -> list[Key]:
    score, keys = 0, [Key("participant.update", user_id)] if done.is_ready else []
    for answer in done.answers:
        score += answer.is_correct
        keys.append(Key("answer.result", user_id, answer.question_id, score))
        keys.append(Key("participant.update", user_id, score=score))
    return keys


def _misplaced(received: Sequence[Key]) -> int:
    """Count what is in a wrong place: an update not behind its result, a start, an end."""
    wrong = 0
    for key, following in pairwise(received):
        if key.type == "answer.result":
            wrong += following != Key("participant.update", key.user_id, score=key.score)
    types = [key.type for key in received]
    # Both are ready, then it starts; nothing comes after the end.
    wrong += "challenge.start" in types and types.index("challenge.start") != 2
    wrong += "challenge.end" in types and types[-1] != "challenge.end"
    return wrong
