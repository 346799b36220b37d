"""Who is online among many: looked up once a second for all who ask."""

from collections.abc import Callable

import pytest
from flask import Flask

from qader_sse.extensions import db
from qader_sse.service import Service
from qader_sse.use_cases.online_people import OnlinePeople
from tests.support.clock import SettableClock
from tests.support.duel import add_users
from tests.support.statements import Sent, counted

MANY = 150
Ask = Callable[[], Sent]


@pytest.fixture
def crowd(service: Service) -> list[int]:
    return add_users(service, *(f"person{number}" for number in range(MANY)))


@pytest.fixture
def online() -> set[int]:
    """Who is online; the tests add people."""
    return set()


@pytest.fixture
def people(service: Service, online: set[int], clock: SettableClock) -> OnlinePeople:
    return OnlinePeople(service.database, lambda: set(online), clock)


@pytest.fixture
def ask(app: Flask, crowd: list[int], people: OnlinePeople) -> Ask:
    """Return a function that has the first one of the crowd look, and counts the statements."""
    with app.app_context():
        engine = db.engine

    def once() -> Sent:
        with counted(engine) as sent:
            people.seen_by(crowd[0])
        return sent

    return once


def test_of_many_all_who_ask_within_a_second_are_shown_what_was_looked_up_once(
    crowd: list[int], online: set[int], people: OnlinePeople, ask: Ask, clock: SettableClock
) -> None:
    online |= set(crowd[:-1])
    assert ask() == Sent(2, reads=2)
    online.add(crowd[-1])
    assert ask() == Sent(1, reads=1)  # whom the viewer may not see
    assert people.seen_by(crowd[0])[0] == MANY - 2
    clock.advance(1)
    assert ask() == Sent(2, reads=2)
    assert people.seen_by(crowd[0])[0] == MANY - 1


def test_few_are_looked_up_each_time(
    crowd: list[int], online: set[int], people: OnlinePeople, ask: Ask
) -> None:
    online |= set(crowd[:100])
    ask()
    online.remove(crowd[1])
    assert people.seen_by(crowd[0])[0] == 98


def test_of_many_a_viewer_sees_a_hundred_always_the_same_and_others_than_the_next_viewer(
    crowd: list[int], online: set[int], people: OnlinePeople, clock: SettableClock
) -> None:
    online |= set(crowd)
    _, first = people.seen_by(crowd[0])
    _, other = people.seen_by(crowd[1])
    clock.advance(1)
    assert people.seen_by(crowd[0])[1] == first
    assert len(first) == len(other) == 100
    assert {one.id for one in first} != {one.id for one in other}
    assert [one.username for one in first] == sorted(one.username for one in first)


def test_a_block_hides_at_once_of_many_too(
    service: Service,
    crowd: list[int],
    online: set[int],
    people: OnlinePeople,
    clock: SettableClock,
) -> None:
    online |= set(crowd)
    people.seen_by(crowd[0])
    service.blocks.block(crowd[0], "person1", clock())
    for viewer, hidden in (crowd[:2], reversed(crowd[:2])):
        count, named = people.seen_by(viewer)
        assert count == MANY - 2
        assert hidden not in {one.id for one in named}
