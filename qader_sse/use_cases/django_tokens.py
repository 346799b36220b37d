"""People who come with an access token of an existing Django deployment, which shares our key.

Such a token names a user by the deployment's own id, which says nothing of ours: a table links the
two. It belongs to no session of ours either. So the first request with it opens one, named by what
the token says, which ends with the token at the latest; all that sessions can do follows from that.
"""

from dataclasses import dataclass
from datetime import datetime

from qader_sse.domain.acts import Act
from qader_sse.domain.events import user_topic
from qader_sse.domain.violations import UnknownDjangoUser
from qader_sse.store import accounts, audit, django_users, sessions
from qader_sse.store.accounts import Account, Profile
from qader_sse.store.database import Database, Transaction
from qader_sse.store.retries import retried

_TRIES = 5


@dataclass(frozen=True, slots=True)
class DjangoClaims:
    """What such a token says, and the id of the session that stands for it."""

    django_id: str
    session_id: str
    expires_at: datetime


class _AppearedMeanwhile(Exception):
    """Another request of the same person has created their account."""


class DjangoTokens:
    """Opens sessions for such tokens; with `creates_accounts`, also for people without an account."""

    def __init__(self, database: Database, *, creates_accounts: bool) -> None:
        self._database = database
        self._creates_accounts = creates_accounts

    def open_session(self, claims: DjangoClaims, now: datetime, device: str | None) -> None:
        """Open the session of a token if it has never had one.

        Raises UnknownDjangoUser for somebody who has no account here and gets none.
        """
        with self._database.autocommit() as connection:
            if sessions.exists(connection, claims.session_id):
                return  # it has ended, or its account is disabled
        try:
            self._open(claims, now, device)
        except _AppearedMeanwhile:
            self._open(claims, now, device)

    @retried
    def _open(self, claims: DjangoClaims, now: datetime, device: str | None) -> None:
        with self._database.transaction() as tx:
            user_id = django_users.account_of(tx.connection, claims.django_id)
            if user_id is None:
                user_id = self._create(tx, claims.django_id, now)
            accounts.held(tx.connection, user_id)  # until its session is there, nobody disables it
            sessions.open_for_token(
                tx.connection, claims.session_id, user_id, now, claims.expires_at, device
            )

    def _create(self, tx: Transaction, django_id: str, now: datetime) -> int:
        if not self._creates_accounts:
            raise UnknownDjangoUser
        account = _create_account(tx, now)
        if not django_users.link_first(tx.connection, django_id, account.id):
            raise _AppearedMeanwhile  # rolls back the account that was just created
        return account.id

    @retried
    def link(self, django_id: str, username: str, act: Act) -> bool:
        """Have tokens of a Django user sign in to this account, in place of any other.

        The account that they signed in to until now is signed out everywhere. Returns False if this
        account is linked to another id, and raises UnknownPlayer if there is none.
        """
        with self._database.transaction() as tx:
            account = accounts.named(tx.connection, username)
            earlier = django_users.account_of(tx.connection, django_id)
            if earlier == account.id:
                return True
            if django_users.is_linked(tx.connection, account.id):
                return False
            django_users.link(tx.connection, django_id, account.id)
            if earlier is not None:
                sessions.end_all(tx, "signed_out", act.at, earlier)
                audit.record(tx.connection, act, user_topic(earlier), lost_django_id=django_id)
            audit.record(tx.connection, act, user_topic(account.id), django_id=django_id)
            return True


def _create_account(tx: Transaction, now: datetime) -> Account:
    """Create an account with a name of chance, and without a password, so that none is right."""
    for _ in range(_TRIES):
        name = django_users.draw_name()
        if accounts.insert_missing(tx.connection, [Profile(name, name)], "", now):
            account = accounts.by_username(tx.connection, name)
            if account is not None:
                return account
    raise RuntimeError("every name that was drawn by chance is taken")
