"""A challenge move by move, as its event log tells it: what each event changed, and the state after it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from qader_sse.domain.delivery import LoggedEvent
from qader_sse.domain.facts import Fact


@dataclass(frozen=True, slots=True)
class PlayerState:
    """One participant after a move."""

    username: str
    score: int
    is_ready: bool
    is_online: bool
    has_finished: bool


@dataclass(frozen=True, slots=True)
class Move:
    """One event, in words, and the challenge after it."""

    id: int
    at: datetime
    type: str
    request_id: str | None
    what: str
    status: str
    players: tuple[PlayerState, ...]


def moves(events: Iterable[tuple[LoggedEvent, Fact]]) -> Iterator[Move]:
    """Yield the moves of one challenge, whose events come in order from the first one on."""
    status = ""
    questions: list[int] = []
    players: dict[int, PlayerState] = {}
    for event, fact in events:
        if event.type == "answer.result":
            what = _answered(fact, players, questions)
        elif event.type == "participant.update":
            before = players.get(fact["userId"])
            players[fact["userId"]] = after = _player(fact)
            what = _changed(before, after)
        else:
            what = _became(status, fact)
            status = fact["status"]
            questions = [question["id"] for question in fact["questions"]] or questions
            players = {attempt["userId"]: _player(attempt) for attempt in fact["attempts"]}
        yield Move(
            id=event.seq,
            at=event.committed_at,
            type=event.type,
            request_id=event.request_id,
            what=what,
            status=status,
            players=(*players.values(),),
        )


def _player(attempt: Fact) -> PlayerState:
    return PlayerState(
        username=attempt["user"]["username"],
        score=attempt["score"],
        is_ready=attempt["is_ready"],
        is_online=attempt.get("is_online", False),  # an earlier version did not say it
        has_finished=attempt["end_time"] is not None,
    )


def _answered(fact: Fact, players: Mapping[int, PlayerState], questions: Sequence[int]) -> str:
    who, question_id = players[fact["user_id"]].username, fact["question_id"]
    number = questions.index(question_id) + 1 if question_id in questions else "?"
    verdict = "right" if fact["is_correct"] else "wrong"
    return f"{who} answers {fact['selected_answer']} to question {number} (id {question_id}): {verdict}"


def _changed(before: PlayerState | None, after: PlayerState) -> str:
    """Say what is new of a participant; after an answer that may be nothing."""
    if before is None:
        return f"{after.username} takes part"
    said = [
        words
        for is_new, words in (
            (after.is_ready and not before.is_ready, "is ready"),
            (before.is_ready and not after.is_ready, "is no longer ready"),
            (after.is_online and not before.is_online, "is online"),
            (before.is_online and not after.is_online, "is offline"),
            (after.score != before.score, f"has {after.score}"),
            (after.has_finished and not before.has_finished, "has finished"),
        )
        if is_new
    ]
    return f"{after.username} {', '.join(said) or f'stays at {after.score}'}"


def _became(status: str, fact: Fact) -> str:
    if fact["status"] == status:
        return f"ends at {fact['deadline_at']} at the latest"
    if fact["status"] != "completed":
        return f"is {fact['status']}"
    winner = fact["winner"]
    reason = f" ({fact.get('end_reason')})" if fact.get("end_reason") else ""
    return f"is completed{reason}: {winner['username'] + ' has won' if winner else 'a draw'}"
