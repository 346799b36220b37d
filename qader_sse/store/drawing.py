"""Draws the questions of a challenge: at random, those that a participant has seen lately last."""

import time
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from random import SystemRandom
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, bindparam, func, or_, select

from qader_sse.domain.challenge import Question
from qader_sse.store import models, one_or_two, questions
from qader_sse.store.compiled_statement import CompiledStatement

# The system's random numbers: nobody can predict the next questions from earlier ones.
_chance = SystemRandom()

# What counts as lately: of a day on which somebody plays a lot, only the last challenges.
_LATELY = timedelta(days=30)
_MAX_CHALLENGES = 60

# How long the ids of a section may be drawn from after a question was taken out of it by hand. An
# import is noticed at once, because it adds rows.
_CACHE_SECONDS = 60.0

_NEWEST = CompiledStatement(select(func.max(models.Question.id)))
_ALL = (
    select(models.Section.slug, models.Question.id)
    .join(models.Subsection, models.Subsection.section_id == models.Section.id)
    .join(models.Question, models.Question.subsection_id == models.Subsection.id)
    .where(models.Question.is_current.is_(True), models.Subsection.is_active)
)
_SEEN = CompiledStatement(
    select(models.Challenge.question_ids)
    .where(
        or_(
            one_or_two.is_of(models.Challenge.challenger_id),
            one_or_two.is_of(models.Challenge.opponent_id),
        ),
        models.Challenge.created_at > bindparam("since"),
        models.Challenge.started_at.is_not(None),
    )
    .order_by(models.Challenge.created_at.desc())
    .limit(_MAX_CHALLENGES)
)

Pools = Mapping[str, Sequence[int]]
Seen = Mapping[int, int]


def seen_lately(connection: Connection, user_ids: Collection[int], now: datetime) -> Seen:
    """Return the questions that one or two users were shown lately, with a rank by their age.

    The rank of those seen last is the highest.
    """
    rows = _SEEN.run(connection, {**one_or_two.ids(user_ids), "since": now - _LATELY})
    seen: dict[int, int] = {}
    for age, (question_ids,) in enumerate(rows):
        for question_id in question_ids:
            seen.setdefault(question_id, -age)
    return seen


def pools(connection: Connection) -> Pools:
    """Return the ids of the questions that may be drawn, by their section."""
    return _caches.setdefault(connection.engine, _Cache()).read(connection)


def draw(
    connection: Connection, pools: Pools, counts: Mapping[str, int], seen: Seen
) -> list[Question]:
    """Draw this many questions from each section, in a random order.

    Those that were not seen come first, then those that were seen longest ago. Returns fewer if a
    section has too few.
    """
    ids = [
        question_id
        for slug, count in counts.items()
        for question_id in _choose(pools.get(slug, ()), count, seen)
    ]
    _chance.shuffle(ids)
    return questions.by_ids(connection, ids)


def forget(engine: Engine) -> None:
    """Drop what is cached of a database that lost commits: it may issue the same ids again."""
    _caches.pop(engine, None)


def _choose(pool: Sequence[int], count: int, seen: Seen) -> list[int]:
    new = [question_id for question_id in pool if question_id not in seen]
    if len(new) >= count:
        return _chance.sample(new, count)
    again = sorted((q for q in pool if q in seen), key=seen.__getitem__)
    return new + again[: count - len(new)]


class _Cache:
    """The ids of each section. Read again when there are newer questions, and once a minute."""

    def __init__(self) -> None:
        self._newest: int | None = None
        self._expires_at = 0.0
        self._pools: dict[str, list[int]] = {}

    def read(self, connection: Connection) -> Pools:
        ((newest,),) = _NEWEST.run(connection, {})
        if newest != self._newest or time.monotonic() > self._expires_at:
            pools: dict[str, list[int]] = {}
            for slug, question_id in connection.execute(_ALL):
                pools.setdefault(slug, []).append(question_id)
            self._newest, self._pools = newest, pools
            self._expires_at = time.monotonic() + _CACHE_SECONDS
        return self._pools


# One for each database: a process may use several, as tests do.
_caches: WeakKeyDictionary[Engine, _Cache] = WeakKeyDictionary()
