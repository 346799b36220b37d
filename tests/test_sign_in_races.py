"""Somebody signs in just when all their sessions are ended, and is not left with one of them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta

import pytest

from qader_sse.domain.violations import WrongCredentials
from qader_sse.service import Service
from qader_sse.store import accounts, django_users, sessions
from qader_sse.store.database import Transaction
from qader_sse.store.errors import StoreBusy
from qader_sse.use_cases.accounts import AccountUseCases
from qader_sse.use_cases.django_tokens import DjangoClaims
from qader_sse.use_cases.passwords import Passwords
from tests.support.acts import act
from tests.support.duel import PASSWORD, QUICK_HASH, user_id


def by_password(service: Service) -> None:
    service.accounts.sign_in("noura", PASSWORD, None, service.clock())


def by_django_token(service: Service) -> None:
    now = service.clock()
    with service.database.transaction() as tx:
        django_users.link(tx.connection, "7", user_id(service, "noura"))
    claims = DjangoClaims("7", "session of a token", now + timedelta(hours=1))
    service.django_tokens.open_session(claims, now, None)


class UndoneError(Exception):
    pass


@contextmanager
def undone(service: Service) -> Iterator[Transaction]:
    """Open a transaction that is rolled back."""
    with suppress(UndoneError), service.database.transaction() as tx:
        yield tx
        raise UndoneError


@pytest.mark.parametrize("open_session", [by_password, by_django_token])
def test_none_is_opened_while_the_account_is_being_disabled(
    postgres_service: Service, open_session: Callable[[Service], None]
) -> None:
    """A worker that saw it as one of an enabled account would know it for as long as it likes.

    SQLite has one writer at a time, so that there is no such moment.
    """
    noura, now = user_id(postgres_service, "noura"), postgres_service.clock()
    # Whoever opens one waits for this transaction, in vain: it does not go on.
    with undone(postgres_service) as tx:
        accounts.set_disabled(tx.connection, noura, now)
        sessions.end_all(tx, "disabled", now, noura)
        with pytest.raises(StoreBusy):
            open_session(postgres_service)


class SlowPasswords(Passwords):
    """While it compares, something else happens."""

    def __init__(self, happens: Callable[[], object]) -> None:
        super().__init__(QUICK_HASH)
        self._happens = happens

    def matches(self, password_hash: str | None, password: str, source: str = "") -> bool:
        is_right = super().matches(password_hash, password, source)
        self._happens()
        return is_right


def change_password(service: Service) -> None:
    secret = service.password_changes.allow_reset("noura", act(service.clock()))
    service.password_changes.reset(secret, "another-horse-8", service.clock())


def disable(service: Service) -> None:
    service.administration.accounts.disable("noura", act(service.clock()))


@pytest.mark.parametrize("happens", [change_password, disable])
def test_none_is_opened_by_a_password_that_is_void_by_the_time_it_was_compared(
    service: Service, people: dict[str, int], happens: Callable[[Service], None]
) -> None:
    slow = AccountUseCases(service.database, SlowPasswords(lambda: happens(service)))
    with pytest.raises(WrongCredentials):
        slow.sign_in("noura", PASSWORD, None, service.clock())
