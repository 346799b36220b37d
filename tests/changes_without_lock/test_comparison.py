"""A challenge is changed on the condition that its topic's head is still the same, without a lock."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Connection, insert, select, update
from sqlalchemy.exc import IntegrityError

from qader_sse import request_ids
from qader_sse.domain import rules
from qader_sse.domain.challenge import Challenge
from qader_sse.domain.events import challenge_topic
from qader_sse.domain.violations import AlreadyAnswered
from qader_sse.service import Service
from qader_sse.store import event_log, models
from qader_sse.store.errors import StoreBroken
from qader_sse.store.event_log_origin import LEAP, EventLogOrigin
from qader_sse.use_cases.challenge_repository import ChallengeRepository
from tests.support.challenges import LIMITS
from tests.support.clock import SettableClock
from tests.support.duel import give_answer, play_to_the_end, user_id, wrong_choice

ROWS = [
    select(models.Challenge),
    select(models.Attempt).order_by(models.Attempt.id),
    select(models.Answer).order_by(models.Answer.user_id, models.Answer.question_id),
    select(models.Topic).order_by(models.Topic.name),
    select(models.EventRow).order_by(models.EventRow.topic, models.EventRow.seq),
]
Rule = Callable[[Challenge], Challenge]


class UndoneError(Exception):
    pass


def rows(connection: Connection) -> list[list[Any]]:
    return [[tuple(row) for row in connection.execute(query)] for query in ROWS]


def stored_rows(service: Service) -> list[list[Any]]:
    with service.database.read_transaction() as connection:
        return rows(connection)


def head_of(service: Service, duel: Challenge) -> int:
    with service.database.read_transaction() as connection:
        return event_log.bounds(connection, challenge_topic(duel.id)).head


def answering(seat: int, place: int, *, is_right: bool) -> Callable[[Challenge], Rule]:
    def rule_for(duel: Challenge) -> Rule:
        question = duel.questions[place]
        choice = question.correct_answer if is_right else wrong_choice(duel, question.id)
        who, now = duel.attempts[seat].player.id, duel.created_at
        return lambda c: rules.answer(c, who, question.id, choice, None, now, LIMITS)

    return rule_for


def play_all_but_one(service: Service, duel: Challenge) -> None:
    for place in range(len(duel.questions)):
        give_answer(service, duel, 0, place)
    for place in range(len(duel.questions) - 1):
        give_answer(service, duel, 1, place)


@pytest.mark.parametrize(
    ("is_late", "rule_for"),
    [
        (False, answering(0, 0, is_right=False)),
        (False, answering(1, 3, is_right=True)),
        (True, answering(1, -1, is_right=True)),
        (False, lambda duel: lambda c: rules.leave(c, duel.challenger.id, duel.created_at)),
    ],
    ids=["wrong", "right", "last", "leave"],
)
def test_both_ways_write_the_same_rows(
    service: Service, duel: Challenge, is_late: bool, rule_for: Callable[[Challenge], Rule]
) -> None:
    if is_late:
        play_all_but_one(service, duel)
    assert_both_ways_write_the_same(service, duel, rule_for(duel))


def test_both_ways_write_the_same_rows_at_the_start(service: Service) -> None:
    noura, khalid = user_id(service, "noura"), user_id(service, "khalid")
    created = service.challenges.invite(noura, "quick_quant_10", "khalid", service.clock())
    accepted = service.challenges.accept(created.id, khalid, service.clock())
    for who in (noura, khalid):
        ready = partial(rules.ready, user_id=who, now=service.clock(), limits=LIMITS)
        assert_both_ways_write_the_same(service, accepted, ready)


def test_a_start_ends_the_search_of_who_plays(service: Service) -> None:
    """As where somebody has gone on to search, who had accepted an invite before."""
    noura, khalid = user_id(service, "noura"), user_id(service, "khalid")
    created = service.challenges.invite(noura, "quick_quant_10", "khalid", service.clock())
    service.challenges.accept(created.id, khalid, service.clock())
    search = service.challenges.seek(noura, "quick_quant_10", service.clock())
    assert search.status == "pending_matchmaking"
    for who in (noura, khalid):
        started = service.challenges.ready(created.id, who, service.clock())
    assert started.status == "ongoing"
    found = service.challenge_cache.read(search.id)
    assert found is not None
    assert found[0].status == "cancelled"


def assert_both_ways_write_the_same(service: Service, duel: Challenge, rule: Rule) -> None:
    repository = ChallengeRepository(service.challenge_cache, LIMITS)
    before = stored_rows(service)
    locked: list[list[Any]] = []

    def change_and_undo() -> None:
        with service.database.transaction() as tx:
            found = repository.lock(tx, duel.id)
            repository.store(tx, found, rule(found), service.clock())
            locked.extend(rows(tx.connection))
            raise UndoneError

    with request_ids.caused_by("a-request-of-noura"):
        with pytest.raises(UndoneError):
            change_and_undo()
        assert stored_rows(service) == before
        changed = repository.change_without_lock(service.database, duel.id, rule, service.clock)

    assert changed is not None
    assert stored_rows(service) == locked != before
    assert "a-request-of-noura" in {row[-1] for row in locked[-1]}


def test_where_the_challenge_has_changed_the_rule_decides_on_what_it_is_now(
    service: Service, other_worker: Service, duel: Challenge
) -> None:
    """Noura has answered at another worker; here her challenge is known without that."""
    give_answer(other_worker, duel, 0, is_right=True)
    before = stored_rows(service)
    with pytest.raises(AlreadyAnswered):
        give_answer(service, duel, 0, is_right=False)
    assert stored_rows(service) == before


def test_a_comparison_in_vain_is_no_sign_that_the_database_is_mended(
    service: Service, other_worker: Service, duel: Challenge
) -> None:
    give_answer(other_worker, duel, 0, is_right=True)
    availability = service.database.availability
    availability.raise_for(StoreBroken("full", "no space left"))
    with pytest.raises(AlreadyAnswered):
        give_answer(service, duel, 0, is_right=False)
    assert availability.fault == "full"
    give_answer(service, duel, 1)
    assert availability.fault is None


def test_a_refusal_is_one_of_the_present_state(
    service: Service, other_worker: Service, clock: SettableClock
) -> None:
    """The second to get ready had started the duel elsewhere before this answer arrived."""
    noura, khalid = user_id(service, "noura"), user_id(service, "khalid")
    created = service.challenges.invite(noura, "quick_quant_10", "khalid", clock())
    service.challenges.accept(created.id, khalid, clock())
    service.challenges.ready(created.id, noura, clock())
    started = other_worker.challenges.ready(created.id, khalid, clock())
    assert len(give_answer(service, started, 0).answers) == 1


def test_a_write_that_fails_in_the_middle_leaves_nothing(service: Service, duel: Challenge) -> None:
    """The topic's head and the score are written before the answer, which is already there."""
    question, player = duel.questions[0], duel.challenger
    with service.database.transaction() as tx:
        tx.connection.execute(
            insert(models.Answer).values(
                challenge_id=duel.id,
                user_id=player.id,
                question_id=question.id,
                selected_choice="A",
                is_correct=False,
                answered_at=service.clock(),
            )
        )
    before, appended = stored_rows(service), sum(service.database.appended.values())
    with pytest.raises(IntegrityError):
        give_answer(service, duel, 0)
    assert stored_rows(service) == before
    assert sum(service.database.appended.values()) == appended
    assert len(give_answer(service, duel, 1).answers) == 1


@pytest.fixture
def another_origin(service: Service) -> Iterator[None]:
    """Have the row say that the numbers were issued by another database."""
    service.database.check_origin()
    record_origin(service, identity="another database")
    yield
    record_origin(service, identity="", base=0)  # the server is also that of other tests


@pytest.fixture
def leapt(service: Service, other_worker: Service, duel: Challenge) -> Iterator[None]:
    other_worker.database.leap()
    yield
    record_origin(service, identity="", base=0)  # as above


def record_origin(service: Service, **values: Any) -> None:
    with service.database.transaction() as tx:
        tx.connection.execute(update(EventLogOrigin).values(**values))


def test_after_lost_commits_the_numbers_leap(
    service: Service, duel: Challenge, another_origin: None
) -> None:
    """The challenge is cached, but the database is not the one on which its head was issued."""
    give_answer(service, duel, 0)
    assert head_of(service, duel) > LEAP


def test_an_answer_after_a_reset_of_all_streams_has_a_number_above_it(
    service: Service, other_worker: Service, duel: Challenge, leapt: None
) -> None:
    """This worker has yet to notice that another process has reset them."""
    reset_to = head_of(service, duel)
    give_answer(service, duel, 0)
    assert head_of(service, duel) > reset_to


def test_the_end_of_a_duel_is_told_to_its_streams(service: Service, duel: Challenge) -> None:
    database = service.database
    announced, head = database.announced, head_of(service, duel)
    ended = play_to_the_end(service, duel)
    assert ended.status == "completed"
    assert database.announced - announced == head_of(service, duel) - head
    assert database.appended["challenge.end"] == 1
