"""Running duels with twenty messages that neither of their players has received.

The rows are those that playing would have left: the rules produce the answers, and the store writes
them, but all steps of many duels in one transaction. Played one by one, thousands of duels would
take minutes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice, pairwise

from bench import delivery_check
from bench.accounts import Account
from bench.delivery_check import Entry
from bench.deployment import Deployment
from bench.players import CHALLENGE_TYPE
from bench.protocols import Message
from qader_sse.domain import rules
from qader_sse.domain.challenge import Attempt, Challenge, Player, Question
from qader_sse.domain.challenge_types import CHALLENGE_TYPES
from qader_sse.domain.events import Draft, challenge_topic, changes
from qader_sse.domain.time_limits import TimeLimits
from qader_sse.store import challenge_rows, drawing

# Each answer brings a result and an update.
ANSWERS, EVENTS = 10, 20
_DUELS_PER_TRANSACTION = 100


@dataclass(frozen=True, slots=True)
class SeededDuel:
    """A duel that went on without its two viewers; `missed` is what each must receive, in order."""

    challenge_id: int
    viewers: tuple[Account, Account]
    head: int
    missed: tuple[Entry, ...]

    @property
    def cursor(self) -> int:
        """The last number that the viewers have received."""
        return self.head - EVENTS


def create(deployment: Deployment, people: Sequence[Account]) -> list[SeededDuel]:
    """Put each pair of these accounts into a duel, and give its first ten answers."""
    pairs = list(zip(people[::2], people[1::2], strict=True))
    service, found = deployment.service, list[SeededDuel]()
    for start in range(0, len(pairs), _DUELS_PER_TRANSACTION):
        now = service.clock()
        with service.database.transaction() as tx:
            sections = CHALLENGE_TYPES[CHALLENGE_TYPE].questions_by_section()
            drawn = drawing.draw(tx.connection, drawing.pools(tx.connection), sections, {})
            for pair in pairs[start : start + _DUELS_PER_TRANSACTION]:
                created = challenge_rows.insert_new(tx.connection, _invitation(pair, drawn, now))
                played, drafts = _play(created, now, service.settings.time_limits)
                rows = challenge_rows.differences(created, played, now)
                tx.append(drafts, now, {challenge_topic(created.id): rows})
                found.append(_seeded(played, pair, drafts))
    return found


def _invitation(
    pair: tuple[Account, Account], drawn: Sequence[Question], now: datetime
) -> Challenge:
    return Challenge(
        id=0,
        kind=CHALLENGE_TYPES[CHALLENGE_TYPE],
        status="pending_invite",
        attempts=tuple(Attempt(0, Player(p.id, p.name, p.name)) for p in pair),
        questions=tuple(drawn),
        answers=(),
        created_at=now,
        due_at=now + timedelta(days=1),
    )


def _play(created: Challenge, now: datetime, limits: TimeLimits) -> tuple[Challenge, list[Draft]]:
    first, second = (attempt.player.id for attempt in created.attempts)
    states = [created, rules.accept(created, second, now, limits)]
    states.append(rules.ready(states[-1], first, now, limits))
    states.append(rules.ready(states[-1], second, now, limits))
    turns = ((user_id, q.id) for q in created.questions for user_id in (first, second))
    for user_id, question_id in islice(turns, ANSWERS):
        # Answers are read in the order of their times, so no two may have the same one.
        now += timedelta(milliseconds=1)
        states.append(rules.answer(states[-1], user_id, question_id, "A", None, now, limits))
    drafts = changes(None, created, now)
    for before, after in pairwise(states):
        drafts += changes(before, after, now)
    return states[-1], drafts


def _seeded(
    played: Challenge, pair: tuple[Account, Account], drafts: Sequence[Draft]
) -> SeededDuel:
    log = [draft for draft in drafts if draft.topic == challenge_topic(played.id)]
    entries = [delivery_check.entry(Message(seq, d.type, d.fact)) for seq, d in enumerate(log, 1)]
    return SeededDuel(played.id, pair, len(log), tuple(entries[-EVENTS:]))
