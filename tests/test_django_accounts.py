"""The accounts of people whom a Django deployment knows: created once, and without a password."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import text

from qader_sse.domain.violations import UnknownDjangoUser, WrongCredentials
from qader_sse.service import Service
from qader_sse.store import sessions
from qader_sse.use_cases.django_tokens import DjangoClaims, DjangoTokens
from tests.support.clock import SettableClock
from tests.support.duel import PASSWORD, add_users


def claims(clock: SettableClock, django_id: str, number: int = 0) -> DjangoClaims:
    ends_at = clock() + timedelta(minutes=5)
    return DjangoClaims(django_id, f"session {django_id} {number}", ends_at)


def names(service: Service) -> list[str]:
    """Return the usernames that were drawn by chance."""
    with service.database.read_transaction() as connection:
        found = text("SELECT username FROM users WHERE username LIKE 'player-%'")
        return list(connection.scalars(found))


def test_a_session_ends_with_its_token(service: Service, clock: SettableClock) -> None:
    """Nobody has to end it: a ticket that was taken before opens nothing any more."""
    (noura,), began_at = add_users(service, "noura"), clock()
    with service.database.transaction() as tx:
        end = began_at + timedelta(seconds=10)
        sessions.open_for_token(tx.connection, "its id", noura, began_at, end, None)
    for seconds, is_open in ((9, True), (1, False)):
        clock.advance(seconds)
        with service.database.autocommit() as connection:
            long_ago = began_at - timedelta(days=1)
            found = sessions.signed_in(connection, "its id", clock(), long_ago)
        assert (found is not None) is is_open


def test_several_who_come_at_once_for_the_first_time_get_one_account(
    service_on_either: Service, clock: SettableClock
) -> None:
    """As a page does, which has several calls under way when it opens."""
    service, now = service_on_either, clock()
    found = DjangoTokens(service.database, creates_accounts=True)
    with ThreadPoolExecutor(4) as threads:
        given = [claims(clock, "at once", number) for number in range(12)]
        list(threads.map(lambda one: found.open_session(one, now, None), given))
    assert len(names(service)) == 1
    with service.database.read_transaction() as connection:
        users = "SELECT count(*), count(DISTINCT user_id) FROM login_sessions"
        assert tuple(connection.execute(text(users)).one()) == (12, 1)


def test_the_new_account_has_no_password(service: Service, clock: SettableClock) -> None:
    DjangoTokens(service.database, creates_accounts=True).open_session(
        claims(clock, "7"), clock(), None
    )
    (name,) = names(service)
    for password in ("", PASSWORD):
        with pytest.raises(WrongCredentials):
            service.accounts.sign_in(name, password, None, clock())


def test_who_is_refused_leaves_nothing_behind(service: Service, clock: SettableClock) -> None:
    with pytest.raises(UnknownDjangoUser):
        DjangoTokens(service.database, creates_accounts=False).open_session(
            claims(clock, "7"), clock(), None
        )
    assert names(service) == []
