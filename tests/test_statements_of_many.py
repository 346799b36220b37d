"""What is done to many challenges, or asks about many, sends few statements for each."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine

from qader_sse.service import Service
from qader_sse.store import drawing
from tests.support.clock import SettableClock
from tests.support.duel import add_users, started_duel, user_id
from tests.support.statements import Sent, counted, writes


@pytest.fixture
def engine(service_on_either: Service) -> Engine:
    with service_on_either.database.autocommit() as connection:
        return connection.engine


def test_a_search_asks_one_statement_about_all_who_wait(
    service_on_either: Service, engine: Engine
) -> None:
    service = service_on_either
    sara, fahad = add_users(service, "sara", "fahad")
    noura, khalid = user_id(service, "noura"), user_id(service, "khalid")
    with service.database.read_transaction() as connection:
        pools = drawing.pools(connection)
        drawing.draw(connection, pools, {"quantitative": 10_000}, {})  # all are cached now
    seek(service, sara)
    # All three wait, because each has blocked those who wait already.
    for seeker, blocked in ((fahad, ("sara",)), (noura, ("sara", "fahad"))):
        for name in blocked:
            service.blocks.block(seeker, name, service.clock())
        with counted(engine) as beginning:
            seek(service, seeker)
    # BEGIN, the lock of what one creates, what one has begun, missed matches, the account, the newest
    # question, the lock of all seekers, those that wait, the challenge, its attempt, its topic, the
    # events, COMMIT; and whether a duel of theirs has started meanwhile.
    assert beginning == Sent(14, reads=6)
    with counted(engine) as matching:
        seek(service, khalid)
    # Of these, all up to those that wait; the topic of the search that was found is locked, it and what
    # the two have seen is read, and the open searches of both; their topics, COMMIT.
    written = writes(engine, "the challenge", "its attempt", "the other attempt", "the events")
    assert matching == Sent(13 + written, reads=7)


def test_an_invite_locks_what_both_create_by_one_statement(
    service_on_either: Service, engine: Engine
) -> None:
    service = service_on_either
    noura = user_id(service, "noura")
    with service.database.read_transaction() as connection:
        drawing.draw(connection, drawing.pools(connection), {"quantitative": 10_000}, {})
    with counted(engine) as sent:
        service.challenges.invite(noura, "quick_quant_10", "khalid", service.clock())
    # BEGIN, the account, the lock of both, blocks, what the two have begun, the
    # sender's account, the newest question, what they have seen, the challenge, its attempts,
    # blocks, the topics, the events, COMMIT.
    assert sent == Sent(14, reads=7)


def seek(service: Service, seeker_id: int) -> int:
    return service.challenges.seek(seeker_id, "quick_quant_10", service.clock()).id


def test_a_batch_of_ends_takes_as_many_statements_however_large_it_is(
    service_on_either: Service, engine: Engine, clock: SettableClock
) -> None:
    service = service_on_either
    noura = user_id(service, "noura")
    for at_once in (1, 2, 16):
        duels = [started_duel(service, noura, "khalid") for _ in range(at_once)]
        ends_at = duels[-1].deadline_at
        assert ends_at is not None
        clock.now = ends_at + timedelta(seconds=service.settings.arrival_grace_seconds)
        with counted(engine) as ending:
            ended = service.maintenance.expire([duel.id for duel in duels], clock())
        assert len(ended) == at_once
        kinds = "the challenges", "their attempts", "the events"
        # BEGIN, the locks, the topics' heads, COMMIT.
        assert ending == Sent(4 + (writes(engine, *kinds) if at_once == 1 else len(kinds)), reads=1)
